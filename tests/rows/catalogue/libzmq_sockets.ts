/**
 * Behaviours of sockets that libzmq's own tests assert: contexts, messages, endpoints, options, patterns. The source of
 * a row is libzmq's file and the name of the test in it. Numbers are missing where a case tells nothing about how a
 * socket behaves.
 */

import { type Section, section } from "./section.ts";

/** Sections of LT. */
export const LIBZMQ_SOCKETS: readonly Section[] = [
  section(
    "libzmq: Context and lifetime",
    "",
    `
LT-1 | test_ctx_destroy: test_ctx_destroy | a context with a closed socket ends without hanging
LT-4 | test_ctx_destroy: test_ctx_shutdown_only_socket_opened_after | shutting down an unused context; no socket can be made after
LT-8 | test_ctx_destroy: test_poller_exists_with_socket_on_zmq_ctx_term_non_thread_safe_socket | who waits for a DEALER is told when the context ends
LT-9 | test_ctx_destroy: test_poller_exists_with_socket_on_zmq_ctx_term_thread_safe_socket | the same for a CLIENT
LT-10 | test_ctx_options: test_ctx_option_max_sockets | 1023 sockets by default
LT-11 | test_ctx_options: test_ctx_option_socket_limit | the largest limit of sockets can be read
LT-12 | test_ctx_options: test_ctx_option_io_threads | one I/O thread by default
LT-13 | test_ctx_options: test_ctx_option_ipv6 | IPv6 is off by default
LT-17 | test_ctx_options: test_ctx_zero_copy | zero-copy receiving can be switched off, messages still arrive
LT-19 | test_ctx_options: test_ctx_option_invalid | an unknown option of the context is an error
LT-20 | test_many_sockets: test_system_max | sockets up to the limit and none beyond
LT-22 | test_shutdown_stress: test_shutdown_stress | a hundred subscribers against a publisher that closes, ten rounds
LT-23 | test_fork: test_fork | a child process of its own context reaches its parent
LT-24 | test_system: test_localhost | a DEALER binds the loopback with any port
LT-26 | test_capabilities: test_capabilities | what is built in can be asked for
`,
  ),
  section(
    "libzmq: Messages",
    "",
    `
LT-30 | test_msg_init: test_msg_init | an empty message has size 0
LT-31 | test_msg_init: test_msg_init_size | a message holds what it was made with, also nothing
LT-32 | test_msg_init: test_msg_init_buffer | a message copies its buffer
LT-33 | test_msg_flags: test_more | each part knows whether more follow, the routing id first
LT-36 | test_msg_ffn: test_msg_init_ffn | the program's buffer is released in the end
LT-37 | test_iov: test_iov | many buffers as one message arrive equal
LT-39 | test_metadata: test_router_prefetch_metadata | every part of a waiting REQ message carries ZAP's metadata
`,
  ),
  section(
    "libzmq: Z85 and CURVE keys",
    "",
    `
LT-43 | test_base85: test__zmq_z85_encode__invalid__failure_1 | one octet cannot be encoded
LT-44 | test_base85: test__zmq_z85_encode__invalid__failure_42 | nor can 42
LT-45 | test_base85: test__zmq_z85_decode__valid__success | HelloWorld decodes
LT-46 | test_base85: test__zmq_z85_decode__invalid__failure_indivisble_by_5_multiple_chars | eight characters cannot be decoded
LT-47 | test_base85: test__zmq_z85_decode__invalid__failure_indivisble_by_5_one_char | nor can one
LT-50 | test_base85: test__zmq_z85_decode__invalid__failure_char_within | an illegal character among legal ones
LT-51 | test_base85: test__zmq_z85_decode__invalid__failure_char_adjacent_below | a character just below the legal range
LT-52 | test_base85: test__zmq_z85_decode__invalid__failure_char_adjacent_above | a character just above it
LT-53 | test_base85: test__zmq_z85_encode__zmq_z85_decode__roundtrip_min | all zeros there and back
LT-54 | test_base85: test__zmq_z85_encode__zmq_z85_decode__roundtrip_max | all ones there and back
LT-55 | test_base85: test__zmq_z85_decode__zmq_z85_encode__roundtrip_regular | a key there and back
LT-56 | test_z85_decode_fuzzer: test_z85_decode_fuzzer | arbitrary text never crashes
LT-57 | test_sodium: test__zmq_curve_keypair__always__success | a key pair can be made
LT-59 | test_sodium: test__zmq_curve_public__invalid__failure_short | a short secret key is an error
LT-60 | test_sodium: test__zmq_curve_public__invalid__failure_long | a long secret key is an error
LT-61 | unittest_curve_encoding: test_roundtrip_empty | an empty MESSAGE there and back
LT-63 | unittest_curve_encoding: test_roundtrip_large | a MESSAGE of 2048 octets there and back
`,
  ),
  section(
    "libzmq: Endpoints",
    "",
    `
LT-65 | test_connect_resolve: test_hostname_ipv4 | a host's name can be connected to
LT-66 | test_connect_resolve: test_loopback_ipv6 | so can the IPv6 loopback
LT-68 | test_connect_resolve: test_no_hostname_fails | no host is an error
LT-69 | test_connect_resolve: test_invalid_service_fails | a port that is no number is an error
LT-71 | test_connect_resolve: test_x | a wildcard port cannot be connected to
LT-77 | test_unbind_wildcard: test_port_wildcard_ipv4_address | a wildcard port is resolved, unbound and disconnected
LT-78 | test_unbind_wildcard: test_port_wildcard_ipv4_address_ipv6 | the same with IPv6 on
LT-79 | test_unbind_wildcard: test_port_wildcard_ipv6_address | the same at the IPv6 loopback
LT-87 | test_pair_ipc: test_roundtrip | PAIR over ipc
LT-90 | test_filter_ipc: test_no_filters | ipc without a filter
LT-102 | test_tcp_accept_filter: test_reconnect_ivl_tcp_ipv4 | no reconnect under an accept filter
LT-103 | test_tcp_accept_filter: test_bad_filter_string_foo | a filter that is no address
LT-104 | test_tcp_accept_filter: test_bad_filter_string_zeros_foo | a filter with letters behind the address
LT-105 | test_tcp_accept_filter: test_bad_filter_string_zeros_foo_mask | a filter with letters as its mask
LT-106 | test_tcp_accept_filter: test_bad_filter_string_zeros_empty_mask | a filter with an empty mask
LT-107 | test_tcp_accept_filter: test_bad_filter_string_zeros_negative_mask | a filter with a negative mask
LT-109 | test_tcp_accept_filter: test_clear | clearing an empty list of filters
LT-110 | test_tcp_accept_filter: test_set_non_matching_and_clear | a filter that does not match, then cleared
LT-111 | test_tcp_accept_filter: test_set_matching_1 | a filter of this one address
LT-112 | test_tcp_accept_filter: test_set_matching_2 | a filter of all addresses
LT-114 | test_diffserv: test_diffserv | type of service is set, read back, and harmless
`,
  ),
  section(
    "libzmq: Options",
    "",
    `
LT-123 | test_setsockopt: test_setsockopt_tcp_recv_buffer | the system's receive buffer: -1, then what was set
LT-124 | test_setsockopt: test_setsockopt_tcp_send_buffer | the system's send buffer: the same
`,
  ),
  section(
    "libzmq: High-water marks, conflate, immediate",
    "",
    `
LT-141 | test_hwm: test_infinite_both_inproc_bind_first | no limits, bound first: 10 000 pass
LT-142 | test_hwm: test_infinite_both_inproc_connect_first | no limits, connected first
LT-144 | test_hwm: test_infinite_receive_inproc_connect_first | no limit in, connected first
LT-146 | test_hwm: test_infinite_send_inproc_connect_first | no limit out, connected first
LT-148 | test_hwm: test_finite_both_connect_first | both limits, connected first
LT-150 | test_hwm: test_infinite_recv_bind_and_close_first | bound and nobody there: nothing is sent
LT-151 | test_hwm_pubsub: test_defaults_large_tcp | as many as the mark, over tcp
LT-154 | test_hwm_pubsub: test_defaults_large_inproc | as many as the mark, within the process
LT-155 | test_hwm_pubsub: test_defaults_small_inproc | small marks, within the process
LT-156 | test_hwm_pubsub: test_blocking_inproc | no drops: the publisher is refused, all arrive, within the process
LT-157 | test_hwm_pubsub: test_defaults_large_ipc | as many as the mark, over ipc
LT-158 | test_hwm_pubsub: test_defaults_small_ipc | small marks, over ipc
`,
  ),
  section(
    "libzmq: inproc",
    "",
    `
LT-168 | test_inproc_connect: test_bind_before_connect | bind, then connect
LT-171 | test_inproc_connect: test_connect_before_bind_ctx_term | closing with twenty names never bound
LT-173 | test_inproc_connect: test_multiple_threads | thirty threads connect, send and go
LT-174 | test_inproc_connect: test_simultaneous_connect_bind_threads | fifty races of bind and connect between threads
LT-176 | test_inproc_connect: test_connect_only | closing with a connect that nobody answers
LT-178 | test_inproc_connect: test_shutdown_during_pend | shutting down with a connect that nobody answers
LT-180 | test_pair_inproc: test_roundtrip | PAIR both ways
LT-181 | test_pair_inproc: test_zmq_send_const | constant buffers as two parts
LT-182 | test_reqrep_inproc: test_roundtrip | REQ and REP
`,
  ),
  section(
    "libzmq: REQ, REP, DEALER, ROUTER",
    "",
    `
LT-183 | test_reqrep_tcp: test_single_connect_ipv4 | REQ and REP over tcp, then disconnect and unbind
LT-184 | test_reqrep_tcp: test_single_connect_ipv6 | the same with IPv6
LT-186 | test_reqrep_tcp: test_multi_connect_ipv6 | REQ with several REPs in turn, IPv6
LT-187 | test_reqrep_tcp: test_multi_connect_same_port_ipv4 | crossed source ports
LT-188 | test_reqrep_tcp: test_multi_connect_same_port_ipv6 | crossed source ports, IPv6
LT-190 | test_reqrep_ipc: test_simple | REQ and REP over ipc
LT-196 | test_req_relaxed: test_case_3 | relaxed: two sends in a row, the first peer is not lost
LT-199 | test_probe_router: test_probe_router_dealer | a DEALER that probes shows itself to a ROUTER
LT-203 | test_router_mandatory: test_get_peer_state | whether a peer can take more can be asked
LT-204 | test_router_mandatory: test_get_peer_state_corner_cases | asked of a wrong socket or an unknown peer: an error
LT-206 | test_router_notify: test_sockopt_router_notify | which notices a ROUTER gives: 0 to 3, others are errors
LT-208 | test_router_notify: test_router_notify_disconnect | a notice for who leaves
LT-212 | test_connect_rid: test_stream_2_stream | a STREAM names the connection it makes
LT-217 | test_spec_dealer: test_round_robin_out_inproc | DEALER gives in turn, inproc
LT-219 | test_spec_dealer: test_fair_queue_in_inproc | DEALER takes in turn, inproc
LT-220 | test_spec_dealer: test_fair_queue_in_tcp | DEALER takes in turn, tcp
LT-221 | test_spec_dealer: test_block_on_send_no_peers_inproc | DEALER without a peer waits or gives up, inproc
LT-223 | test_spec_dealer: test_destroy_queue_on_disconnect | queues of a DEALER end with the disconnect
LT-224 | test_spec_rep: test_fair_queue_in_inproc | REP is asked repeatedly by one REQ, inproc
LT-225 | test_spec_rep: test_fair_queue_in_tcp | the same, tcp
LT-226 | test_spec_rep: test_envelope_inproc | REP puts back the envelopes, inproc
LT-228 | test_spec_req: test_round_robin_out_inproc | REQ asks in turn, inproc
LT-229 | test_spec_req: test_round_robin_out_tcp | REQ asks in turn, tcp
LT-230 | test_spec_req: test_req_message_format_inproc | REQ's delimiter, seen by a ROUTER, inproc
LT-234 | test_spec_req: test_req_only_listens_to_current_peer_tcp | REQ hears only whom it asked, tcp
LT-235 | test_spec_router: test_fair_queue_in_inproc | ROUTER takes in turn, inproc
LT-238 | test_spec_router: test_destroy_queue_on_disconnect_tcp | queues of a ROUTER end with the disconnect, tcp
`,
  ),
  section(
    "libzmq: PUSH, PULL, PAIR, PUB, SUB",
    "",
    `
LT-239 | test_spec_pushpull: test_spec_pushpull_inproc_push_round_robin_out | PUSH gives in turn, inproc
LT-242 | test_spec_pushpull: test_spec_pushpull_tcp_pull_fair_queue_in | PULL takes in turn, tcp
LT-243 | test_spec_pushpull: test_spec_pushpull_inproc_push_block_on_send_no_peers | PUSH without a peer waits or gives up, inproc
LT-244 | test_spec_pushpull: test_spec_pushpull_tcp_push_block_on_send_no_peers | the same, tcp
LT-246 | test_spec_pushpull: test_spec_pushpull_tcp_destroy_queue_on_disconnect | PUSH's queue ends with the disconnect, tcp
LT-248 | test_spec_pushpull: test_spec_pushpull_inproc_push_multipart_atomic_drop_non_block | a message is dropped whole, without waiting, inproc
LT-249 | test_spec_pushpull: test_spec_pushpull_tcp_push_multipart_atomic_drop_block | a message is dropped whole, waiting, tcp
LT-250 | test_spec_pushpull: test_spec_pushpull_tcp_push_multipart_atomic_drop_non_block | a message is dropped whole, without waiting, tcp
LT-251 | test_pair_tcp: test_pair_tcp_regular | PAIR over tcp
LT-255 | test_pubsub: test_tcp | a subscriber to everything gets everything
LT-257 | test_pubsub_topics_count: test_independent_topic_prefixes | topics can be counted on both sides
LT-265 | test_xpub_manual: test_unsubscribe_manual | manual: an unsubscription is mapped like its subscription
LT-267 | test_xpub_manual: test_missing_subscriptions | manual: two quick subscriptions are both kept
LT-270 | test_xpub_manual: test_user_message_multi | only the first part of a message can subscribe
LT-271 | test_xpub_manual_last_value: test_basic | manual, last value: the basic mapping
LT-272 | test_xpub_manual_last_value: test_unsubscribe_manual | manual, last value: unsubscribing is mapped
LT-273 | test_xpub_manual_last_value: test_xpub_proxy_unsubscribe_on_disconnect | manual, last value: only the last subscriber gets it, through a proxy
LT-275 | test_xpub_manual_last_value: test_unsubscribe_cleanup | manual, last value: who leaves is cleaned up
LT-280 | test_xpub_verbose: test_xpub_verbose_two_subs | verbose shows the second subscriber's topic
LT-289 | test_proxy_hwm: main | a chain without drops holds its publisher back, and loses nothing
`,
  ),
  section(
    "libzmq: Draft sockets",
    "",
    `
LT-290 | test_channel: test_roundtrip | CHANNEL both ways
LT-292 | test_client_server: test_client_sndmore_fails | CLIENT sends no parts
LT-293 | test_client_server: test_server_sndmore_fails | SERVER sends no parts
LT-296 | test_peer_disconnect: test_peer_disconnect | PEER disconnects one by its id
LT-297 | test_scatter_gather: test_scatter_gather_multipart_fails | SCATTER sends no parts
LT-299 | test_radio_dish: test_leave_unjoined_fails | leaving what was not joined
LT-300 | test_radio_dish: test_join_too_long_fails | a group that is too long
LT-302 | test_radio_dish: test_join_twice_fails | joining twice
LT-304 | test_radio_dish: test_radio_dish_tcp_poll_ipv6 | RADIO and DISH, polled, tcp with IPv6
LT-305 | test_radio_dish: test_dish_connect_fails_ipv4 | DISH does not connect over udp
LT-306 | test_radio_dish: test_dish_connect_fails_ipv6 | the same, IPv6
LT-307 | test_radio_dish: test_radio_bind_fails_ipv4 | RADIO does not bind over udp
LT-308 | test_radio_dish: test_radio_bind_fails_ipv6 | the same, IPv6
LT-309 | test_radio_dish: test_radio_dish_udp_ipv4 | RADIO and DISH over unicast udp
LT-310 | test_radio_dish: test_radio_dish_udp_ipv6 | the same, IPv6
LT-311 | test_radio_dish: test_radio_dish_mcast_ipv4 | RADIO and DISH over multicast udp
LT-312 | test_radio_dish: test_radio_dish_mcast_ipv6 | the same, IPv6
LT-313 | test_radio_dish: test_radio_dish_no_loop_ipv4 | without loop nothing is heard on this host
LT-314 | test_radio_dish: test_radio_dish_no_loop_ipv6 | the same, IPv6
LT-315 | test_dgram: test_connect_fails | DGRAM does not connect
LT-316 | test_dgram: test_roundtrip | DGRAM both ways, with addresses
LT-317 | test_hello_msg: test_tcp | who connects hears hello first, tcp
LT-318 | test_hello_msg: test_inproc | who connects hears hello first, inproc
LT-321 | test_disconnect_msg: test_inproc | a message for who was lost, inproc
LT-322 | test_disconnect_msg: test_inproc_disconnect | a message for who disconnected, inproc
LT-325 | test_thread_safe: test_client_getsockopt_thread_safe | a CLIENT says that it is thread-safe
LT-326 | test_thread_safe: test_server_getsockopt_thread_safe | a SERVER says that it is thread-safe
`,
  ),
  section(
    "libzmq: STREAM",
    "",
    `
LT-330 | test_stream_empty: test_stream_empty | an empty part behind the id
LT-331 | test_stream_exceeds_buffer: test_stream_exceeds_buffer | more than the decoder's buffer arrives whole
`,
  ),
];
