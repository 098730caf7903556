/**
 * Behaviours that libzmq's own unit tests assert of its parts: addresses as text, and subscriptions and queues as data.
 * The source is the file and the name of libzmq's test.
 */

import { type Section, section } from "./section.ts";

/** Sections of LT. */
export const LIBZMQ_UNITS: readonly Section[] = [
  section(
    "libzmq: Addresses",
    "",
    `
LT-550 | unittest_ip_resolver: test_bind_any_ipv4 | any interface, any port, for bind
LT-551 | unittest_ip_resolver: test_bind_any_ipv6 | the same, IPv6
LT-552 | unittest_ip_resolver: test_bind_any_port0_ipv4 | port 0 is any port
LT-553 | unittest_ip_resolver: test_bind_any_port0_ipv6 | the same, IPv6
LT-554 | unittest_ip_resolver: test_nobind_any_ipv4 | any interface, not for connect
LT-555 | unittest_ip_resolver: test_nobind_any_ipv6 | the same, IPv6
LT-557 | unittest_ip_resolver: test_nobind_any_port_ipv6 | any interface with a port, not for connect, IPv6
LT-559 | unittest_ip_resolver: test_nobind_addr_anyport_ipv6 | any port, not for connect, IPv6
LT-560 | unittest_ip_resolver: test_nobind_addr_port0_ipv4 | port 0 where it is not bound
LT-561 | unittest_ip_resolver: test_nobind_addr_port0_ipv6 | the same, IPv6
LT-562 | unittest_ip_resolver: test_parse_ipv4_simple | an IPv4 address
LT-563 | unittest_ip_resolver: test_parse_ipv4_zero | the IPv4 address of zeros
LT-564 | unittest_ip_resolver: test_parse_ipv4_max | the largest IPv4 address
LT-565 | unittest_ip_resolver: test_parse_ipv4_brackets | IPv4 in brackets
LT-566 | unittest_ip_resolver: test_parse_ipv4_brackets_missingl | IPv4, the left bracket missing
LT-568 | unittest_ip_resolver: test_parse_ipv4_brackets_bad | IPv4, brackets within
LT-569 | unittest_ip_resolver: test_parse_ipv4_reject_port | IPv4 with a port where none belongs
LT-570 | unittest_ip_resolver: test_parse_ipv4_reject_any | IPv4 with any port where none belongs
LT-571 | unittest_ip_resolver: test_parse_ipv4_reject_ipv6 | IPv6 where it is off
LT-572 | unittest_ip_resolver: test_parse_ipv4_port | IPv4 and a port
LT-573 | unittest_ip_resolver: test_parse_ipv4_port0 | IPv4 and port 0
LT-574 | unittest_ip_resolver: test_parse_ipv4_port_garbage | garbage behind the port
LT-577 | unittest_ip_resolver: test_parse_ipv4_port_brackets | IPv4 in brackets and a port
LT-578 | unittest_ip_resolver: test_parse_ipv4_port_brackets_bad | IPv4, a colon within the brackets
LT-579 | unittest_ip_resolver: test_parse_ipv4_port_brackets_bad2 | IPv4, the port within the brackets
LT-582 | unittest_ip_resolver: test_parse_ipv6_simple | IPv6 shortened
LT-583 | unittest_ip_resolver: test_parse_ipv6_simple2 | IPv6 shortened in the middle
LT-584 | unittest_ip_resolver: test_parse_ipv6_zero | IPv6, all zeros
LT-585 | unittest_ip_resolver: test_parse_ipv6_max | the largest IPv6 address
LT-586 | unittest_ip_resolver: test_parse_ipv6_brackets | IPv6 in brackets
LT-587 | unittest_ip_resolver: test_parse_ipv6_brackets_missingl | IPv6, the left bracket missing
LT-588 | unittest_ip_resolver: test_parse_ipv6_brackets_missingr | IPv6, the right bracket missing
LT-589 | unittest_ip_resolver: test_parse_ipv6_brackets_bad | IPv6, brackets within
LT-591 | unittest_ip_resolver: test_parse_ipv6_port_any | IPv6 and any port
LT-593 | unittest_ip_resolver: test_parse_ipv4_in_ipv6 | IPv4 where IPv6 is on
LT-595 | unittest_ip_resolver: test_parse_ipv6_scope_int | a zone by number
LT-597 | unittest_ip_resolver: test_parse_ipv6_scope_int_port | a zone by number, and a port
LT-598 | unittest_ip_resolver: test_parse_ipv6_scope_if | a zone by name
LT-599 | unittest_ip_resolver: test_parse_ipv6_scope_if_port | a zone by name, and a port
LT-601 | unittest_ip_resolver: test_parse_ipv6_scope_badif | a zone that is not there
LT-602 | unittest_ip_resolver: test_dns_ipv4_simple | a name's IPv4 address
LT-603 | unittest_ip_resolver: test_dns_ipv4_only | a name with IPv4 only
LT-604 | unittest_ip_resolver: test_dns_ipv4_invalid | a name that is unknown
LT-606 | unittest_ip_resolver: test_dns_ipv4_numeric | digits where names are allowed
LT-607 | unittest_ip_resolver: test_dns_ipv4_port | a name and a port
LT-608 | unittest_ip_resolver: test_dns_ipv6_simple | a name's IPv6 address
LT-609 | unittest_ip_resolver: test_dns_ipv6_only | a name with IPv6 only
LT-610 | unittest_ip_resolver: test_dns_ipv6_invalid | a name that is unknown, IPv6
LT-611 | unittest_ip_resolver: test_dns_ipv6_ipv4 | a name with IPv4 only, IPv6 on
LT-612 | unittest_ip_resolver: test_dns_ipv6_numeric | IPv6 digits where names are allowed
LT-613 | unittest_ip_resolver: test_dns_ipv6_port | a name and a port, IPv6
LT-614 | unittest_ip_resolver: test_dns_brackets | a name in brackets
LT-615 | unittest_ip_resolver: test_dns_brackets_bad | a name, brackets within
LT-616 | unittest_ip_resolver: test_dns_brackets_port | a name in brackets and a port
LT-618 | unittest_ip_resolver: test_dns_deny_ipv4 | a name where none is allowed
LT-619 | unittest_ip_resolver: test_dns_deny_ipv6 | the same, IPv6
LT-620 | unittest_ip_resolver: test_dns_ipv6_scope | a name with a zone
LT-621 | unittest_ip_resolver: test_dns_ipv6_scope_port | a name with a zone, and a port
LT-622 | unittest_ip_resolver: test_dns_ipv6_scope_port_brackets | a name with a zone in brackets, and a port
LT-623 | unittest_ip_resolver: test_addr_unicast_ipv4 | a unicast address, IPv4
LT-624 | unittest_ip_resolver: test_addr_unicast_ipv6 | a unicast address, IPv6
LT-625 | unittest_ip_resolver: test_addr_multicast_ipv4 | a multicast address, IPv4
LT-626 | unittest_ip_resolver: test_addr_multicast_ipv6 | a multicast address, IPv6
LT-627 | unittest_ip_resolver: test_addr_multicast_ipv4_min | the lowest multicast address, IPv4
LT-628 | unittest_ip_resolver: test_addr_multicast_ipv6_min | the lowest multicast address, IPv6
LT-629 | unittest_ip_resolver: test_addr_multicast_ipv4_max | the highest multicast address, IPv4
LT-630 | unittest_ip_resolver: test_addr_multicast_ipv6_max | the highest multicast address, IPv6
LT-631 | unittest_ip_resolver: test_addr_multicast_ipv4_sub | just below multicast, IPv4
LT-632 | unittest_ip_resolver: test_addr_multicast_ipv6_sub | just below multicast, IPv6
LT-633 | unittest_ip_resolver: test_addr_multicast_ipv4_over | just above multicast, IPv4
LT-634 | unittest_ip_resolver: test_addr_multicast_ipv6_over | just above multicast, IPv6
`,
  ),
  section(
    "libzmq: Addresses of datagrams",
    "",
    `
LT-635 | unittest_udp_address: test_resolve_ipv4_simple | a plain one, IPv4
LT-636 | unittest_udp_address: test_resolve_ipv6_simple | a plain one, IPv6
LT-637 | unittest_udp_address: test_resolve_ipv4_bind | for bind, IPv4
LT-638 | unittest_udp_address: test_resolve_ipv6_bind | for bind, IPv6
LT-639 | unittest_udp_address: test_resolve_ipv4_bind_any | any interface for bind, IPv4
LT-640 | unittest_udp_address: test_resolve_ipv6_bind_any | any interface for bind, IPv6
LT-641 | unittest_udp_address: test_resolve_ipv4_bind_anyport | any port for bind, IPv4
LT-642 | unittest_udp_address: test_resolve_ipv6_bind_anyport | any port for bind, IPv6
LT-643 | unittest_udp_address: test_resolve_ipv4_bind_any_port | any interface and port for bind, IPv4
LT-644 | unittest_udp_address: test_resolve_ipv6_bind_any_port | any interface and port for bind, IPv6
LT-645 | unittest_udp_address: test_resolve_ipv4_connect_any | any interface is not for connect, IPv4
LT-646 | unittest_udp_address: test_resolve_ipv6_connect_any | any interface is not for connect, IPv6
LT-647 | unittest_udp_address: test_resolve_ipv4_connect_anyport | any port is not for connect, IPv4
LT-648 | unittest_udp_address: test_resolve_ipv6_connect_anyport | any port is not for connect, IPv6
LT-649 | unittest_udp_address: test_resolve_ipv4_connect_port0 | port 0 is not for connect, IPv4
LT-650 | unittest_udp_address: test_resolve_ipv6_connect_port0 | port 0 is not for connect, IPv6
LT-651 | unittest_udp_address: test_resolve_ipv4_bind_mcast | a group for bind, IPv4
LT-652 | unittest_udp_address: test_resolve_ipv6_bind_mcast | a group for bind, IPv6
LT-653 | unittest_udp_address: test_resolve_ipv4_connect_mcast | a group for connect, IPv4
LT-654 | unittest_udp_address: test_resolve_ipv6_connect_mcast | a group for connect, IPv6
LT-655 | unittest_udp_address: test_resolve_ipv4_mcast_src_bind | an interface and a group for bind, IPv4
LT-656 | unittest_udp_address: test_resolve_ipv6_mcast_src_bind | an interface and a group for bind, IPv6
LT-657 | unittest_udp_address: test_resolve_ipv4_mcast_src_bind_any | any interface and a group for bind, IPv4
LT-658 | unittest_udp_address: test_resolve_ipv6_mcast_src_bind_any | any interface and a group for bind, IPv6
LT-659 | unittest_udp_address: test_resolve_ipv4_mcast_src_connect | an interface and a group for connect, IPv4
LT-660 | unittest_udp_address: test_resolve_ipv6_mcast_src_connect | an interface and a group for connect, IPv6
LT-661 | unittest_udp_address: test_resolve_ipv4_mcast_src_connect_any | any interface and a group for connect, IPv4
LT-662 | unittest_udp_address: test_resolve_ipv6_mcast_src_connect_any | any interface and a group for connect, IPv6
LT-663 | unittest_udp_address: test_resolve_ipv4_mcast_src_bind_bad | a group is no interface for bind, IPv4
LT-664 | unittest_udp_address: test_resolve_ipv6_mcast_src_bind_bad | a group is no interface for bind, IPv6
LT-665 | unittest_udp_address: test_resolve_ipv4_mcast_src_connect_bad | a group is no interface for connect, IPv4
LT-666 | unittest_udp_address: test_resolve_ipv6_mcast_src_connect_bad | a group is no interface for connect, IPv6
`,
  ),
  section(
    "libzmq: Subscriptions and queues as data",
    "",
    `
LT-667 | unittest_mtrie: test_create | a publisher's empty set
LT-668 | unittest_mtrie: test_check_empty_match_nonempty_data | matches no topic
LT-669 | unittest_mtrie: test_check_empty_match_empty_data | matches not even the empty topic
LT-670 | unittest_mtrie: test_add_single_entry_match_exact | a topic is new and matches itself
LT-671 | unittest_mtrie: test_add_single_entry_twice_match_exact | the same topic again is not new, and matches once
LT-674 | unittest_mtrie: test_add_two_entries_with_same_name_match_exact | two peers' same topic reaches both
LT-675 | unittest_mtrie: test_rm_nonexistent_0_size_empty | removing the empty topic from nothing
LT-676 | unittest_mtrie: test_rm_nonexistent_empty | removing a topic from nothing
LT-678 | unittest_mtrie: test_rm_nonexistent_nonempty_differentname | removing another topic
LT-680 | unittest_mtrie: test_rm_nonexistent_nonempty_prefixed | removing a longer topic
LT-682 | unittest_mtrie: test_add_multiple | several topics, each new
LT-683 | unittest_mtrie: test_add_multiple_reverse | the same in reverse
LT-684 | unittest_mtrie: test_rm_multiple_in_order | removed in order
LT-685 | unittest_mtrie: test_rm_multiple_reverse_order | removed in reverse
LT-686 | unittest_mtrie: test_rm_with_callback_multiple_in_order | a lost peer's topics are told, each once
LT-687 | unittest_mtrie: test_rm_with_callback_multiple_reverse_order | the same in another order
LT-690 | unittest_radix_tree: test_empty | a subscriber's empty set
LT-691 | unittest_radix_tree: test_add_single_entry | a topic is new
LT-692 | unittest_radix_tree: test_add_same_entry_twice | the same topic again is not
LT-693 | unittest_radix_tree: test_rm_when_empty | removing from nothing
LT-694 | unittest_radix_tree: test_rm_single_entry | removing the one topic
LT-695 | unittest_radix_tree: test_rm_unique_entry_twice | removing it twice
LT-697 | unittest_radix_tree: test_rm_common_prefix | removing what two topics begin with
LT-699 | unittest_radix_tree: test_rm_null_entry | removing the empty topic
LT-700 | unittest_radix_tree: test_check_empty | an empty set matches nothing
LT-701 | unittest_radix_tree: test_check_added_entry | a topic matches itself
LT-702 | unittest_radix_tree: test_check_common_prefix | what topics begin with does not match
LT-704 | unittest_radix_tree: test_check_nonexistent_entry | another topic does not match
LT-707 | unittest_radix_tree: test_size | how many topics there are
LT-708 | unittest_radix_tree: test_apply | every topic is visited once
LT-709 | unittest_ypipe: test_create | an empty queue
LT-710 | unittest_ypipe: test_check_read_empty | nothing to read in it
LT-711 | unittest_ypipe: test_read_empty | reading it gives nothing
LT-712 | unittest_ypipe: test_write_complete_and_check_read_and_read | what is half written cannot be read
LT-713 | unittest_ypipe: test_write_complete_and_flush_and_check_read_and_read | what is complete is read once
`,
  ),
];
