/**
 * Behaviours that libzmq's own tests assert, the second part: reconnecting, heartbeats, events, security, proxies,
 * WebSocket, fuzzers, and the C API's pollers. The source is the file and the name of libzmq's test.
 */

import { type Section, section } from "./section.ts";

/** Sections of LT. */
export const LIBZMQ_LIFE: readonly Section[] = [
  section(
    "libzmq: Reconnect, heartbeat, monitor",
    "",
    `
LT-334 | test_reconnect_ivl: test_reconnect_ivl_ipc | never reconnect: nothing flows until connected again, ipc
LT-336 | test_reconnect_ivl: test_reconnect_ivl_tcp_ipv6 | the same, tcp with IPv6
LT-341 | test_reconnect_options: reconnect_stop_after_disconnect | no more tries after a disconnect
LT-345 | test_heartbeats: test_heartbeat_ttl_req_rep | TTL: REQ, REP
LT-346 | test_heartbeats: test_heartbeat_ttl_pull_push | TTL: PULL, PUSH
LT-348 | test_heartbeats: test_heartbeat_ttl_pair_pair | TTL: PAIR
LT-349 | test_heartbeats: test_heartbeat_ttl_client_server | TTL: CLIENT, SERVER
LT-350 | test_heartbeats: test_heartbeat_ttl_gather_scatter | TTL: GATHER, SCATTER
LT-352 | test_heartbeats: test_setsockopt_heartbeat_ttl_more_than_max_fails | a TTL above the largest is an error
LT-353 | test_heartbeats: test_setsockopt_heartbeat_ttl_near_zero | a TTL below a tenth of a second is 0
LT-355 | test_heartbeats: test_heartbeat_notimeout_req_rep | answered heartbeats keep: REQ, REP
LT-356 | test_heartbeats: test_heartbeat_notimeout_pull_push | answered heartbeats keep: PULL, PUSH
LT-357 | test_heartbeats: test_heartbeat_notimeout_sub_pub | answered heartbeats keep: SUB, PUB
LT-358 | test_heartbeats: test_heartbeat_notimeout_pair_pair | answered heartbeats keep: PAIR
LT-359 | test_heartbeats: test_heartbeat_notimeout_client_server | answered heartbeats keep: CLIENT, SERVER
LT-360 | test_heartbeats: test_heartbeat_notimeout_gather_scatter | answered heartbeats keep: GATHER, SCATTER
LT-362 | test_heartbeats: test_heartbeat_notimeout_req_rep_with_curve | under CURVE: REQ, REP
LT-363 | test_heartbeats: test_heartbeat_notimeout_pull_push_with_curve | under CURVE: PULL, PUSH
LT-365 | test_heartbeats: test_heartbeat_notimeout_pair_pair_with_curve | under CURVE: PAIR
LT-366 | test_heartbeats: test_heartbeat_notimeout_client_server_with_curve | under CURVE: CLIENT, SERVER
LT-367 | test_heartbeats: test_heartbeat_notimeout_gather_scatter_with_curve | under CURVE: GATHER, SCATTER
LT-368 | test_monitor: test_monitor_invalid_protocol_fails | events come by inproc only
LT-370 | test_monitor: test_monitor_versioned_invalid_socket_type | only some types may carry events
LT-372 | test_monitor: test_monitor_versioned_basic_tcp_ipv6 | the events of a connection, IPv6
LT-375 | test_monitor: test_monitor_versioned_stats_tcp_ipv4 | how much is queued for each peer, tcp
LT-376 | test_monitor: test_monitor_versioned_stats_tcp_ipv6 | how much is queued for each peer, IPv6
LT-377 | test_monitor: test_monitor_versioned_stats_ipc | how much is queued for each peer, ipc
`,
  ),
  section(
    "libzmq: Security",
    "",
    `
LT-380 | test_security_null: test_success | NULL with a domain: let in
LT-387 | test_security_plain: test_plain_vanilla_socket | a 1.0 message to a PLAIN server is not delivered
LT-390 | test_security_curve: test_null_client_public_key | a zero public key does not get in
LT-391 | test_security_curve: test_null_client_secret_key | a zero secret key does not get in
LT-394 | test_security_curve: test_curve_security_with_plain_client_credentials | a PLAIN client does not get into CURVE
LT-397 | test_security_curve: test_curve_security_invalid_hello_command_name | HELLO misspelt
LT-399 | test_security_curve: test_curve_security_invalid_initiate_wrong_length | INITIATE too short
LT-400 | test_security_curve: test_curve_security_invalid_initiate_command_name | INITIATE misspelt
`,
  ),
  section(
    "libzmq: Handlers of ZAP that misbehave",
    "",
    `
LT-411 | test_security_zap: test_zap_protocol_error_wrong_version_null | NULL: a wrong version
LT-412 | test_security_zap: test_zap_protocol_error_wrong_request_id_null | NULL: another request's id
LT-413 | test_security_zap: test_zap_protocol_error_wrong_status_invalid_null | NULL: a status that is none
LT-415 | test_security_zap: test_zap_wrong_status_temporary_failure_null | NULL: 300, silent for the client
LT-416 | test_security_zap: test_zap_wrong_status_internal_error_null | NULL: 500, told on both ends
LT-417 | test_security_zap: test_zap_unsuccessful_no_handler_started_null | NULL: a domain and no handler
LT-418 | test_security_zap: test_zap_unsuccessful_disconnect_null | NULL: the handler goes away with the request
LT-419 | test_security_zap: test_zap_unsuccessful_do_not_recv_null | NULL: the handler never reads
LT-420 | test_security_zap: test_zap_unsuccessful_do_not_send_null | NULL: the handler never answers
LT-421 | test_security_zap: test_zap_protocol_error_wrong_version_plain | PLAIN: a wrong version
LT-422 | test_security_zap: test_zap_protocol_error_wrong_request_id_plain | PLAIN: another request's id
LT-424 | test_security_zap: test_zap_protocol_error_too_many_parts_plain | PLAIN: a frame too many
LT-426 | test_security_zap: test_zap_wrong_status_internal_error_plain | PLAIN: 500, told on both ends
LT-427 | test_security_zap: test_zap_unsuccessful_no_handler_started_plain | PLAIN: a domain and no handler
LT-428 | test_security_zap: test_zap_unsuccessful_disconnect_plain | PLAIN: the handler goes away with the request
LT-429 | test_security_zap: test_zap_unsuccessful_do_not_recv_plain | PLAIN: the handler never reads
LT-430 | test_security_zap: test_zap_unsuccessful_do_not_send_plain | PLAIN: the handler never answers
LT-432 | test_security_zap: test_zap_protocol_error_wrong_request_id_curve | CURVE: another request's id
LT-433 | test_security_zap: test_zap_protocol_error_wrong_status_invalid_curve | CURVE: a status that is none
LT-434 | test_security_zap: test_zap_protocol_error_too_many_parts_curve | CURVE: a frame too many
LT-435 | test_security_zap: test_zap_wrong_status_temporary_failure_curve | CURVE: 300, silent for the client
LT-436 | test_security_zap: test_zap_wrong_status_internal_error_curve | CURVE: 500, told on both ends
LT-437 | test_security_zap: test_zap_unsuccessful_no_handler_started_curve | CURVE: a domain and no handler
LT-439 | test_security_zap: test_zap_unsuccessful_do_not_recv_curve | CURVE: the handler never reads
LT-440 | test_security_zap: test_zap_unsuccessful_do_not_send_curve | CURVE: the handler never answers
`,
  ),
  section(
    "libzmq: SOCKS5",
    "",
    `
LT-441 | test_socks: test_socks_no_socks | without a proxy
LT-445 | test_socks: test_socks_ipv6 | an IPv6 address without brackets
LT-446 | test_socks: test_socks_ipv6_sb | an IPv6 address in brackets
LT-447 | test_socks: test_socks_bind_before_connect | bound before the connect through the proxy
LT-449 | test_socks: test_socks_basic_auth_delay | a proxy that comes late, with a password
LT-450 | test_socks: test_socks_basic_auth_empty_user | an empty user: no password method
LT-451 | test_socks: test_socks_basic_auth_null_user | no user: no password method
LT-452 | test_socks: test_socks_basic_auth_empty_pass | an empty password is sent as such
LT-453 | test_socks: test_socks_basic_auth_null_pass | no password is sent as an empty one
LT-454 | test_socks: test_socks_proxy_options | the proxy: set, read, cleared, never empty
LT-455 | test_socks: test_socks_userpass_options | user and password: set, read, cleared, up to 255
`,
  ),
  section(
    "libzmq: WebSocket",
    "",
    `
LT-457 | test_ws_transport: test_roundtrip_without_path | without a path
LT-459 | test_ws_transport: test_short_message | 255 octets
LT-461 | test_ws_transport: test_curve | CURVE
LT-463 | test_ws_transport: test_pub_sub | subscriptions seen and kept to
LT-464 | test_wss_transport: test_roundtrip | over TLS with a certificate of its own
`,
  ),
  section(
    "libzmq: Fuzzers",
    "",
    `
LT-466 | test_connect_fuzzer: test_connect_fuzzer | any text to connect to
LT-470 | test_connect_curve_fuzzer: test_connect_curve_fuzzer | any octets to a connecting CURVE client
LT-471 | test_bind_stream_fuzzer: test_bind_stream_fuzzer | any octets to a bound STREAM
LT-472 | test_connect_stream_fuzzer: test_connect_stream_fuzzer | any octets to a connecting STREAM
LT-473 | test_bind_ws_fuzzer: test_bind_ws_fuzzer | any octets to a bound WebSocket publisher
LT-474 | test_connect_ws_fuzzer: test_connect_ws_fuzzer | any octets to a connecting WebSocket subscriber
`,
  ),
  section(
    "libzmq: Pollers and the C API",
    "",
    `
LT-518 | test_poller: test_call_poller_size | how many sockets a poller has
LT-519 | test_poller: test_call_poller_add_twice_fails | adding twice
LT-520 | test_poller: test_call_poller_remove_unregistered_fails | removing what is not there
LT-521 | test_poller: test_call_poller_modify_unregistered_fails | changing what is not there
LT-522 | test_poller: test_call_poller_add_no_events | adding for no event
LT-523 | test_poller: test_call_poller_modify_no_events | changing to no event
LT-527 | test_poller: test_call_poller_add_invalid_events_fails | adding for events that are none
LT-528 | test_poller: test_call_poller_modify_invalid_events_fails | changing to events that are none
LT-531 | test_poller: test_call_poller_wait_empty_with_timeout_fails | an empty poller, no time
LT-532 | test_poller: test_call_poller_wait_empty_without_timeout_fails | an empty poller, for ever
LT-541 | test_poller: test_poll_client_server | a SERVER becomes readable, and writable
LT-548 | test_ancillaries: test_version | the version
`,
  ),
];
