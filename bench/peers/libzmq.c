/*
 * The rival: libzmq, driven from C by the same programs, under the same names, with the same arguments,
 * warm-up and output as the TypeScript ones beside this folder. Default options throughout, but for the keys
 * that --curve sets.
 *
 *   cc -O2 -o libzmq libzmq.c -lzmq -lpthread
 *   ./libzmq local_thr tcp://127.0.0.1:5555 100 1000000
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define WARM_UP 0.2 /* as in program.ts */
#define WARM_UP_MS 300 /* as in remote_sub.ts */
#define WINDOW_MS 1000

/* As in security.ts: from zmq_curve(7). */
#define SERVER_PUBLIC "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SERVER_SECRET "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
#define CLIENT_PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define CLIENT_SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"

static void *context;
static size_t size;
static long count;
static int hold, curve, opened_count;
static void *opened[2];

static void check (int ok, const char *what)
{
    if (ok)
        return;
    fprintf (stderr, "%s: %s\n", what, zmq_strerror (zmq_errno ()));
    exit (1);
}

static double now_ms (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static long warm_up (void)
{
    long warm = (long) (count * WARM_UP);
    return warm > 1 ? warm : 1;
}

static void set_key (void *socket, int option, const char *key)
{
    check (zmq_setsockopt (socket, option, key, strlen (key)) == 0, "zmq_setsockopt (CURVE)");
}

/* The end that binds is the server. */
static void secure (void *socket, int binds)
{
    int yes = 1;
    if (binds) {
        check (zmq_setsockopt (socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) == 0, "zmq_setsockopt (CURVE)");
        set_key (socket, ZMQ_CURVE_SECRETKEY, SERVER_SECRET);
        return;
    }
    set_key (socket, ZMQ_CURVE_SERVERKEY, SERVER_PUBLIC);
    set_key (socket, ZMQ_CURVE_PUBLICKEY, CLIENT_PUBLIC);
    set_key (socket, ZMQ_CURVE_SECRETKEY, CLIENT_SECRET);
}

static void *new_socket (int type, const char *endpoint, int binds)
{
    void *socket = zmq_socket (context, type);
    check (socket != NULL, "zmq_socket");
    if (curve)
        secure (socket, binds);
    if (binds)
        check (zmq_bind (socket, endpoint) == 0, endpoint);
    else
        check (zmq_connect (socket, endpoint) == 0, endpoint);
    return socket;
}

/* Closed at the end of the program. */
static void *open_socket (int type, const char *endpoint, int binds)
{
    void *socket = new_socket (type, endpoint, binds);
    opened[opened_count++] = socket;
    return socket;
}

/* With --copy: messages come from here and go to the second half, as with zmq_send and zmq_recv. Without, nobody
   writes or reads their octets, and a message of any size is a pointer that changes hands. */
static char *payload;

static void send_one (void *socket, const uint32_t *number)
{
    zmq_msg_t message;
    check (zmq_msg_init_size (&message, size) == 0, "zmq_msg_init_size");
    if (payload)
        memcpy (zmq_msg_data (&message), payload, size);
    if (number)
        memcpy (zmq_msg_data (&message), number, sizeof *number);
    check (zmq_msg_send (&message, socket, 0) >= 0, "zmq_msg_send");
}

static void receive_one (void *socket, zmq_msg_t *message)
{
    check (zmq_msg_recv (message, socket, 0) >= 0, "zmq_msg_recv");
    if (zmq_msg_size (message) != size) {
        fprintf (stderr, "message of %zu bytes, expected %zu\n", zmq_msg_size (message), size);
        exit (1);
    }
    if (payload)
        memcpy (payload + size, zmq_msg_data (message), size);
}

static void print_throughput (long messages, double ms)
{
    double seconds = ms / 1e3;
    printf ("{\"size\":%zu,\"messages\":%ld,\"seconds\":%.6f,\"rate\":%.1f,\"megabytes\":%.3f}\n", size,
            messages, seconds, messages / seconds, messages * (double) size / seconds / 1e6);
}

static void print_round_trip (long round_trips, double ms)
{
    printf ("{\"size\":%zu,\"roundTrips\":%ld,\"seconds\":%.6f,\"microseconds\":%.3f}\n", size, round_trips,
            ms / 1e3, ms * 1e3 / round_trips);
}

static void *send_all (void *socket)
{
    for (long i = 0; i < count; i++)
        send_one (socket, NULL);
    return NULL;
}

static void receive_all (void *socket)
{
    long warm = warm_up ();
    double start = 0;
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (long i = 0; i < count; i++) {
        if (i == warm)
            start = now_ms ();
        receive_one (socket, &message);
    }
    print_throughput (count - warm, now_ms () - start);
    zmq_msg_close (&message);
}

static void *answer_all (void *socket)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (long i = 0; i < count; i++) {
        receive_one (socket, &message);
        check (zmq_msg_send (&message, socket, 0) >= 0, "zmq_msg_send");
    }
    return NULL;
}

static void ask_all (void *socket)
{
    long warm = warm_up ();
    double start = 0;
    zmq_msg_t message;
    zmq_msg_init_size (&message, size);
    memset (zmq_msg_data (&message), 0, size);
    for (long i = 0; i < count; i++) {
        if (i == warm)
            start = now_ms ();
        check (zmq_msg_send (&message, socket, 0) >= 0, "zmq_msg_send");
        receive_one (socket, &message);
    }
    print_round_trip (count - warm, now_ms () - start);
    zmq_msg_close (&message);
}

static void ask_once (zmq_pollitem_t *item, const char *endpoint)
{
    item->socket = new_socket (ZMQ_REQ, endpoint, 0);
    item->events = ZMQ_POLLIN;
    send_one (item->socket, NULL);
}

/* handshakes.ts: each connection counts when its first question is answered, and is closed then. */
static void shake_hands (const char *endpoint, int at_once, long uncounted)
{
    long total = count, asked = 0, answered = 0;
    count -= uncounted; /* what warm_up takes its share of */
    long warm = uncounted + warm_up ();
    double start = 0;
    zmq_pollitem_t *items = calloc (at_once, sizeof *items);
    zmq_msg_t message;
    zmq_msg_init (&message);
    int open = 0;
    while (open < at_once && asked++ < total)
        ask_once (&items[open++], endpoint);
    while (answered < total) {
        check (zmq_poll (items, open, -1) >= 0, "zmq_poll");
        for (int i = 0; i < open; i++) {
            if (!(items[i].revents & ZMQ_POLLIN))
                continue;
            receive_one (items[i].socket, &message);
            check (zmq_close (items[i].socket) == 0, "zmq_close");
            if (++answered == warm)
                start = now_ms ();
            if (asked++ < total)
                ask_once (&items[i], endpoint);
            else
                items[i--] = items[--open];
        }
    }
    double seconds = (now_ms () - start) / 1e3;
    printf ("{\"connections\":%ld,\"seconds\":%.6f,\"rate\":%.1f}\n", total - warm, seconds,
            (total - warm) / seconds);
    zmq_msg_close (&message);
    free (items);
}

static void publish (void *socket, double seconds)
{
    double end = now_ms () + seconds * 1e3;
    for (uint32_t n = 0; (n & 255) != 0 || now_ms () < end; n++)
        send_one (socket, &n);
}

static void subscribe (const char *endpoint, int sockets)
{
    zmq_pollitem_t *items = calloc (sockets, sizeof *items);
    long *received = calloc (sockets, sizeof *received);
    uint32_t *latest = calloc (sockets, sizeof *latest), *before = calloc (sockets, sizeof *before);
    for (int i = 0; i < sockets; i++) {
        items[i].socket = new_socket (ZMQ_SUB, endpoint, 0);
        items[i].events = ZMQ_POLLIN;
        check (zmq_setsockopt (items[i].socket, ZMQ_SUBSCRIBE, "", 0) == 0, "zmq_setsockopt");
    }

    zmq_msg_t message;
    zmq_msg_init (&message);
    int silent = sockets;
    long calls = 0, total_before = 0;
    double next = 1e300, start = 0;
    for (;;) {
        check (zmq_poll (items, sockets, -1) >= 0, "zmq_poll");
        for (int i = 0; i < sockets; i++) {
            if (!(items[i].revents & ZMQ_POLLIN))
                continue;
            while (zmq_msg_recv (&message, items[i].socket, ZMQ_DONTWAIT) >= 0) {
                if (zmq_msg_size (&message) != size)
                    exit (1);
                if (received[i]++ == 0 && --silent == 0)
                    next = now_ms () + WARM_UP_MS;
                memcpy (&latest[i], zmq_msg_data (&message), sizeof latest[i]);
                if ((++calls & 255) != 0)
                    continue;
                double now = now_ms ();
                if (now < next)
                    continue;
                if (start == 0) {
                    start = now;
                    next = now + WINDOW_MS;
                    total_before = calls;
                    memcpy (before, latest, sockets * sizeof *before);
                    continue;
                }
                double published = 0, deliveries = calls - total_before, seconds = (now - start) / 1e3;
                for (int j = 0; j < sockets; j++)
                    published += (uint32_t) (latest[j] - before[j]);
                printf ("{\"size\":%zu,\"sockets\":%d,\"messages\":%.0f,\"seconds\":%.6f,\"rate\":%.1f,"
                        "\"megabytes\":%.3f,\"lost\":%.4f}\n",
                        size, sockets, deliveries, seconds, deliveries / seconds,
                        deliveries * size / seconds / 1e6, published ? 1 - deliveries / published : 0);
                fflush (stdout);
                _exit (0);
            }
        }
    }
}

int main (int argc, char **argv)
{
    const char *given[8] = {0};
    int n = 0, copies = 0, at_once = 1;
    long uncounted = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp (argv[i], "--hold") == 0)
            hold = 1;
        else if (strcmp (argv[i], "--copy") == 0)
            copies = 1;
        else if (strcmp (argv[i], "--curve") == 0)
            curve = 1;
        else if (strncmp (argv[i], "--at-once=", 10) == 0)
            at_once = atoi (argv[i] + 10);
        else if (strncmp (argv[i], "--uncounted=", 12) == 0)
            uncounted = atol (argv[i] + 12);
        else if (n < 8)
            given[n++] = argv[i];
    }
    if (n == 1 && strcmp (given[0], "version") == 0) {
        int major, minor, patch;
        zmq_version (&major, &minor, &patch);
        printf ("%d.%d.%d\n", major, minor, patch);
        return 0;
    }
    int inproc = n > 0 && strncmp (given[0], "inproc_", 7) == 0;
    if (n < (inproc ? 3 : 4)) {
        fprintf (stderr, "usage: libzmq <local_thr|remote_thr|local_lat|remote_lat|handshakes|local_pub|remote_sub> "
                         "<endpoint> <size> <count|seconds|sockets> [--curve] [--at-once=8] [--uncounted=1000]\n"
                         "       libzmq <inproc_thr|inproc_lat> <size> <count>\n");
        return 1;
    }
    const char *name = given[0], *endpoint = inproc ? "inproc://bench" : given[1];
    size = strtoul (given[inproc ? 1 : 2], NULL, 10);
    count = strtol (given[inproc ? 2 : 3], NULL, 10);
    if (copies)
        payload = calloc (2, size);
    context = zmq_ctx_new ();

    if (strcmp (name, "local_thr") == 0)
        receive_all (open_socket (ZMQ_PULL, endpoint, 1));
    else if (strcmp (name, "remote_thr") == 0)
        send_all (open_socket (ZMQ_PUSH, endpoint, 0));
    else if (strcmp (name, "local_lat") == 0)
        answer_all (open_socket (ZMQ_REP, endpoint, 1));
    else if (strcmp (name, "remote_lat") == 0)
        ask_all (open_socket (ZMQ_REQ, endpoint, 0));
    else if (strcmp (name, "handshakes") == 0)
        shake_hands (endpoint, at_once, uncounted);
    else if (size < sizeof (uint32_t) && strstr (name, "ub")) {
        fprintf (stderr, "%s: a message holds at least its number, 4 bytes\n", name);
        return 1;
    } else if (strcmp (name, "local_pub") == 0)
        publish (open_socket (ZMQ_PUB, endpoint, 1), (double) count);
    else if (strcmp (name, "remote_sub") == 0)
        subscribe (endpoint, (int) count);
    else if (inproc) {
        int latency = strcmp (name, "inproc_lat") == 0;
        void *local = open_socket (latency ? ZMQ_REP : ZMQ_PULL, endpoint, 1);
        void *remote = open_socket (latency ? ZMQ_REQ : ZMQ_PUSH, endpoint, 0);
        pthread_t worker;
        check (pthread_create (&worker, NULL, latency ? answer_all : send_all, latency ? local : remote) == 0,
               "pthread_create");
        if (latency)
            ask_all (remote);
        else
            receive_all (local);
        pthread_join (worker, NULL);
    } else {
        fprintf (stderr, "no such program: %s\n", name);
        return 1;
    }
    fflush (stdout);
    if (hold)
        sleep (120);
    while (opened_count > 0)
        zmq_close (opened[--opened_count]);
    zmq_ctx_term (context); /* waits until what was sent has left */
    return 0;
}
