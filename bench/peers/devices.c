/*
 * Devices measured: libzmq's own zmq_proxy, and the clients that load it, or any other device, in the same way.
 *
 *   cc -O2 -o devices devices.c -lzmq -lpthread
 *   ./devices proxy streamer|queue|forwarder <front> <back>      binds both, prints where, runs zmq_proxy
 *   ./devices push   <endpoint> <size>                           as fast as it is let, until it is ended
 *   ./devices pull   <endpoint> <size> <warm-up ms> <window ms>  prints the rate in the window
 *   ./devices take   <endpoint> <size> <warm-up count> <count> <rate>
 *                                    a PULL that is fast for the warm-up, says so, then takes so many a second
 *   ./devices rep    <endpoint>                                  answers each request with itself
 *   ./devices req    <endpoint> <size> <warm-up ms> <window ms>  prints the round trips' median and p99
 *   ./devices dealer <endpoint> <size> <in flight> <warm-up ms> <window ms>
 *   ./devices pubsub <front> <back> <size> <sockets> <ahead> <warm-up ms> <window ms>
 *
 * Clients connect. Every one ends when its standard input does, so that none outlives who started it. Default
 * options throughout, but for linger.
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

#define PROBE UINT32_MAX /* a message sent before the count, to learn that subscriptions have arrived */
#define STALLED_MS 5000

static void check (int ok, const char *what)
{
    if (ok)
        return;
    fprintf (stderr, "error: %s: %s\n", what, zmq_strerror (zmq_errno ()));
    exit (1);
}

static double now_ms (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *open_socket (void *context, int type, const char *endpoint, int binds)
{
    void *socket = zmq_socket (context, type);
    check (socket != NULL, "zmq_socket");
    int none = 0;
    zmq_setsockopt (socket, ZMQ_LINGER, &none, sizeof none);
    check ((binds ? zmq_bind : zmq_connect) (socket, endpoint) == 0, endpoint);
    return socket;
}

static void *end_with_input (void *unused)
{
    char octets[64];
    (void) unused;
    while (read (0, octets, sizeof octets) > 0)
        ;
    _exit (0);
}

/* The end of a measurement. What is still under way does not matter. */
static void finish (void)
{
    fflush (stdout);
    _exit (0);
}

static void send_one (void *socket, size_t size, uint32_t number)
{
    zmq_msg_t message;
    check (zmq_msg_init_size (&message, size) == 0, "zmq_msg_init_size");
    if (size >= sizeof number)
        memcpy (zmq_msg_data (&message), &number, sizeof number);
    check (zmq_msg_send (&message, socket, 0) >= 0, "zmq_msg_send");
}

static void check_size (zmq_msg_t *message, size_t size)
{
    if (zmq_msg_size (message) == size)
        return;
    fprintf (stderr, "error: message of %zu bytes, expected %zu\n", zmq_msg_size (message), size);
    exit (1);
}

static void receive_one (void *socket, zmq_msg_t *message, size_t size)
{
    check (zmq_msg_recv (message, socket, 0) >= 0, "zmq_msg_recv");
    check_size (message, size);
}

/* ---- the device ---- */

static void run_proxy (void *context, const char *kind, const char *front, const char *back)
{
    static const struct { const char *name; int front, back; } kinds[] = {
        {"streamer", ZMQ_PULL, ZMQ_PUSH}, {"queue", ZMQ_ROUTER, ZMQ_DEALER}, {"forwarder", ZMQ_XSUB, ZMQ_XPUB}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp (kind, kinds[i].name) != 0)
            continue;
        void *ends[2] = {open_socket (context, kinds[i].front, front, 1),
                         open_socket (context, kinds[i].back, back, 1)};
        char bound[2][256];
        for (int j = 0; j < 2; j++) {
            size_t length = sizeof bound[j];
            check (zmq_getsockopt (ends[j], ZMQ_LAST_ENDPOINT, bound[j], &length) == 0, "ZMQ_LAST_ENDPOINT");
        }
        printf ("{\"front\":\"%s\",\"back\":\"%s\"}\n", bound[0], bound[1]);
        fflush (stdout);
        zmq_proxy (ends[0], ends[1], NULL);
        return;
    }
    fprintf (stderr, "error: no such device: %s\n", kind);
    exit (1);
}

/* ---- a streamer's clients ---- */

static void push (void *socket, size_t size)
{
    for (;;)
        send_one (socket, size, 0);
}

static void pull (void *socket, size_t size, double warm_ms, double window_ms)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    receive_one (socket, &message, size);
    double begin = now_ms () + warm_ms, start = 0;
    for (long n = 1, before = 0;; n++) {
        receive_one (socket, &message, size);
        if ((n & 63) != 0)
            continue;
        double now = now_ms ();
        if (start == 0 && now >= begin) {
            start = now;
            before = n;
        } else if (start != 0 && now >= start + window_ms) {
            printf ("{\"messages\":%ld,\"seconds\":%.6f,\"rate\":%.1f}\n", n - before, (now - start) / 1e3,
                    (n - before) * 1e3 / (now - start));
            finish ();
        }
    }
}

static void take (void *socket, size_t size, long warm, long count, double rate)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (long n = 0; n < warm; n++)
        receive_one (socket, &message, size);
    printf ("{\"messages\":%ld,\"seconds\":0}\n", warm);
    fflush (stdout);
    double start = now_ms ();
    struct timespec pause = {0, 2000000};
    for (long n = 0; n < count; n++) {
        if ((n & 63) == 0)
            while (n > (now_ms () - start) * rate / 1e3)
                nanosleep (&pause, NULL);
        receive_one (socket, &message, size);
    }
    double seconds = (now_ms () - start) / 1e3;
    printf ("{\"messages\":%ld,\"seconds\":%.6f,\"rate\":%.1f}\n", count, seconds, count / seconds);
    finish ();
}

/* ---- a queue's clients ---- */

static void answer (void *socket)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (;;) {
        check (zmq_msg_recv (&message, socket, 0) >= 0, "zmq_msg_recv");
        check (zmq_msg_send (&message, socket, 0) >= 0, "zmq_msg_send");
    }
}

static int ascending (const void *a, const void *b)
{
    float x = *(const float *) a, y = *(const float *) b;
    return (x > y) - (x < y);
}

static void ask (void *socket, size_t size, double warm_ms, double window_ms)
{
    size_t limit = 4000000, n = 0;
    float *took = malloc (limit * sizeof *took);
    zmq_msg_t message;
    zmq_msg_init (&message);
    double start = 0, begin = 0, before, after;
    do {
        before = now_ms ();
        send_one (socket, size, 0);
        receive_one (socket, &message, size);
        after = now_ms ();
        if (begin == 0)
            begin = after + warm_ms; /* the first one waits for the connections */
        else if (after >= begin) {
            if (start == 0)
                start = after;
            else
                took[n++] = (after - before) * 1e3;
        }
    } while (n < limit && (start == 0 || after < start + window_ms));
    qsort (took, n, sizeof *took, ascending);
    printf ("{\"messages\":%zu,\"seconds\":%.6f,\"median\":%.3f,\"p99\":%.3f,\"mean\":%.3f}\n", n,
            (after - start) / 1e3, took[n / 2], took[n * 99 / 100], (after - start) * 1e3 / n);
    finish ();
}

static void send_request (void *socket, size_t size)
{
    check (zmq_send (socket, "", 0, ZMQ_SNDMORE) >= 0, "zmq_send");
    send_one (socket, size, 0);
}

static void ask_ahead (void *socket, size_t size, long in_flight, double warm_ms, double window_ms)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (long i = 0; i < in_flight; i++)
        send_request (socket, size);
    double begin = 0, start = 0;
    for (long n = 0, before = 0;; n++) {
        receive_one (socket, &message, 0);
        receive_one (socket, &message, size);
        send_request (socket, size);
        if ((n & 63) != 0)
            continue;
        double now = now_ms ();
        if (begin == 0)
            begin = now + warm_ms;
        else if (start == 0 && now >= begin) {
            start = now;
            before = n;
        } else if (start != 0 && now >= start + window_ms) {
            printf ("{\"messages\":%ld,\"seconds\":%.6f,\"rate\":%.1f}\n", n - before, (now - start) / 1e3,
                    (n - before) * 1e3 / (now - start));
            finish ();
        }
    }
}

/* ---- a forwarder's clients ----
 *
 * A publisher drops for a subscriber that is behind by a high-water mark, and so does the device. To count
 * deliveries and not drops, the publisher stays at most `ahead` messages before the slowest subscriber, of which
 * it learns by this process's memory. Half the high-water mark (1000) is safe: a libzmq pipe acknowledges in
 * steps of half a mark.
 */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t slowest; /* how many messages every subscriber has received */
    int subscribed;
    void *socket;
    size_t size;
    uint32_t ahead;
} feed = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *publish (void *unused)
{
    (void) unused;
    struct timespec pause = {0, 5000000};
    while (!__atomic_load_n (&feed.subscribed, __ATOMIC_ACQUIRE)) {
        send_one (feed.socket, feed.size, PROBE);
        nanosleep (&pause, NULL);
    }
    uint32_t slowest = 0;
    for (uint32_t n = 0;; n++) {
        if (n - slowest >= feed.ahead) {
            pthread_mutex_lock (&feed.lock);
            while (n - feed.slowest >= feed.ahead)
                pthread_cond_wait (&feed.changed, &feed.lock);
            slowest = feed.slowest;
            pthread_mutex_unlock (&feed.lock);
        }
        send_one (feed.socket, feed.size, n);
    }
    return NULL;
}

static void publish_and_subscribe (const char *front, const char *back, size_t size, int sockets, uint32_t ahead,
                                   double warm_ms, double window_ms)
{
    void *context = zmq_ctx_new ();
    zmq_pollitem_t *items = calloc (sockets, sizeof *items);
    uint32_t *expected = calloc (sockets, sizeof *expected);
    char *probed = calloc (sockets, 1);
    for (int i = 0; i < sockets; i++) {
        items[i].socket = open_socket (context, ZMQ_SUB, back, 0);
        items[i].events = ZMQ_POLLIN;
        check (zmq_setsockopt (items[i].socket, ZMQ_SUBSCRIBE, "", 0) == 0, "zmq_setsockopt");
    }
    feed.socket = open_socket (zmq_ctx_new (), ZMQ_PUB, front, 0);
    feed.size = size;
    feed.ahead = ahead;
    pthread_t publisher;
    check (pthread_create (&publisher, NULL, publish, NULL) == 0, "pthread_create");

    zmq_msg_t message;
    zmq_msg_init (&message);
    int silent = sockets;
    long deliveries = 0, before = 0, lost = 0;
    double begin = 0, start = 0;
    for (;;) {
        int ready = zmq_poll (items, sockets, STALLED_MS);
        check (ready >= 0, "zmq_poll");
        if (ready == 0) {
            fprintf (stderr, "error: nothing came for %d ms, after %ld deliveries\n", STALLED_MS, deliveries);
            exit (1);
        }
        for (int i = 0; i < sockets; i++) {
            if (!(items[i].revents & ZMQ_POLLIN))
                continue;
            while (zmq_msg_recv (&message, items[i].socket, ZMQ_DONTWAIT) >= 0) {
                uint32_t number;
                check_size (&message, size);
                memcpy (&number, zmq_msg_data (&message), sizeof number);
                if (number == PROBE) {
                    if (!probed[i] && --silent == 0)
                        __atomic_store_n (&feed.subscribed, 1, __ATOMIC_RELEASE);
                    probed[i] = 1;
                    continue;
                }
                lost += number - expected[i];
                expected[i] = number + 1;
                deliveries++;
            }
        }
        uint32_t slowest = expected[0];
        for (int i = 1; i < sockets; i++)
            if (expected[i] < slowest)
                slowest = expected[i];
        if (slowest - feed.slowest >= ahead / 8) {
            pthread_mutex_lock (&feed.lock);
            feed.slowest = slowest;
            pthread_cond_signal (&feed.changed);
            pthread_mutex_unlock (&feed.lock);
        }
        if (deliveries == 0)
            continue;
        double now = now_ms ();
        if (begin == 0)
            begin = now + warm_ms;
        else if (start == 0 && now >= begin) {
            start = now;
            before = deliveries;
        } else if (start != 0 && now >= start + window_ms) {
            printf ("{\"messages\":%ld,\"seconds\":%.6f,\"rate\":%.1f,\"lost\":%ld}\n", deliveries - before,
                    (now - start) / 1e3, (deliveries - before) * 1e3 / (now - start), lost);
            finish ();
        }
    }
}

int main (int argc, char **argv)
{
    static const struct { const char *name; int type, arguments; } programs[] = {
        {"proxy", -1, 3}, {"push", ZMQ_PUSH, 2}, {"pull", ZMQ_PULL, 4},     {"take", ZMQ_PULL, 5},
        {"rep", ZMQ_REP, 1}, {"req", ZMQ_REQ, 4}, {"dealer", ZMQ_DEALER, 5}, {"pubsub", -1, 7}};
    if (argc == 2 && strcmp (argv[1], "version") == 0) {
        int major, minor, patch;
        zmq_version (&major, &minor, &patch);
        printf ("%d.%d.%d\n", major, minor, patch);
        return 0;
    }
    const char *name = argc > 1 ? argv[1] : "";
    char **given = argv + 2;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (strcmp (name, programs[i].name) != 0 || argc - 2 != programs[i].arguments)
            continue;
        pthread_t watcher;
        check (pthread_create (&watcher, NULL, end_with_input, NULL) == 0, "pthread_create");
        void *context = zmq_ctx_new ();
        if (strcmp (name, "proxy") == 0) {
            run_proxy (context, given[0], given[1], given[2]);
            return 0;
        }
        if (strcmp (name, "pubsub") == 0) {
            publish_and_subscribe (given[0], given[1], atol (given[2]), atoi (given[3]), atol (given[4]),
                                   atof (given[5]), atof (given[6]));
            return 0;
        }
        void *socket = open_socket (context, programs[i].type, given[0], 0);
        if (strcmp (name, "push") == 0)
            push (socket, atol (given[1]));
        else if (strcmp (name, "pull") == 0)
            pull (socket, atol (given[1]), atof (given[2]), atof (given[3]));
        else if (strcmp (name, "take") == 0)
            take (socket, atol (given[1]), atol (given[2]), atol (given[3]), atof (given[4]));
        else if (strcmp (name, "rep") == 0)
            answer (socket);
        else if (strcmp (name, "req") == 0)
            ask (socket, atol (given[1]), atof (given[2]), atof (given[3]));
        else
            ask_ahead (socket, atol (given[1]), atol (given[2]), atof (given[3]), atof (given[4]));
        return 0;
    }
    fprintf (stderr, "error: usage: see the head of devices.c\n");
    return 1;
}
