/*
 * libzmq's end of the multicast measurements; `source.ts` and `receiver.ts` are the same on our module.
 *
 *   cc -O2 -o multicast libzmq.c -lzmq -lpthread
 *   ./multicast flood  <endpoint> <rate> <recovery ms> <size>                 as fast as the rate lets it
 *   ./multicast pace   <endpoint> <rate> <recovery ms> <size> <interval ms>   one message each interval
 *   ./multicast count  <endpoint> <rate> <recovery ms> <size> <warm-up ms> <window ms>
 *   ./multicast repair <endpoint> <rate> <recovery ms> <size> <count>
 *
 * A message begins with a mark, its number and the time it was sent at (struct head). One in a hundred is marked:
 * the lab drops those, the first time they come. `count` prints a line when its window begins and one when it ends;
 * `repair` prints how long so many marked messages took to come after all. Every end is over when its standard
 * input is. A PUB with ZMQ_XPUB_NODROP waits for the rate, where it would drop otherwise.
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

#define MARK 0xee

struct head
{
    uint8_t mark;
    uint8_t unused[3];
    uint32_t number;
    double sent; /* ms since 1970 */
};

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
    clock_gettime (CLOCK_REALTIME, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *end_with_input (void *unused)
{
    char octets[64];
    (void) unused;
    while (read (0, octets, sizeof octets) > 0)
        ;
    _exit (0);
}

static void *open_socket (int type, char **argv)
{
    int rate = atoi (argv[3]), recovery = atoi (argv[4]), yes = 1;
    void *socket = zmq_socket (zmq_ctx_new (), type);
    check (socket != NULL, "zmq_socket");
    check (zmq_setsockopt (socket, ZMQ_RATE, &rate, sizeof rate) == 0, "ZMQ_RATE");
    check (zmq_setsockopt (socket, ZMQ_RECOVERY_IVL, &recovery, sizeof recovery) == 0, "ZMQ_RECOVERY_IVL");
    if (type == ZMQ_PUB)
        check (zmq_setsockopt (socket, ZMQ_XPUB_NODROP, &yes, sizeof yes) == 0, "ZMQ_XPUB_NODROP");
    else
        check (zmq_setsockopt (socket, ZMQ_SUBSCRIBE, "", 0) == 0, "ZMQ_SUBSCRIBE");
    check (zmq_connect (socket, argv[2]) == 0, argv[2]);
    return socket;
}

static void publish (void *socket, size_t size, double interval)
{
    char *message = calloc (1, size);
    struct head *head = (struct head *) message;
    double next = now_ms ();
    for (;; head->number++) {
        if (interval > 0) {
            next += interval;
            double wait = next - now_ms ();
            if (wait > 0)
                usleep (wait * 1000);
            head->mark = head->number % 100 == 99 ? MARK : 0;
            head->sent = now_ms ();
        }
        check (zmq_send (socket, message, size, 0) == (int) size, "zmq_send");
    }
}

static const struct head *receive (void *socket, zmq_msg_t *message, size_t size)
{
    check (zmq_msg_recv (message, socket, 0) == (int) size, "a message of the right size");
    return zmq_msg_data (message);
}

static void count (void *socket, size_t size, double warm, double window)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    uint32_t first = receive (socket, &message, size)->number, number = first;
    double edge = now_ms () + warm, start = 0;
    for (uint32_t received = 0;;) {
        number = receive (socket, &message, size)->number;
        /* The clock is read once in 16 messages: at 10 Mbit/s that is often enough. */
        if (++received % 16 != 0 || now_ms () < edge)
            continue;
        double now = now_ms ();
        if (start > 0) {
            printf ("{\"messages\":%u,\"lost\":%u,\"seconds\":%f}\n", received, number - first - received,
                    (now - start) / 1000);
            return;
        }
        printf ("{\"begun\":true}\n");
        fflush (stdout);
        start = now_ms ();
        edge = start + window;
        first = number;
        received = 0;
    }
}

static void repair (void *socket, size_t size, int wanted)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    printf ("{\"milliseconds\":[");
    for (int found = 0; found < wanted;) {
        const struct head *head = receive (socket, &message, size);
        if (head->mark == MARK)
            printf (found++ ? ",%f" : "%f", now_ms () - head->sent);
    }
    printf ("]}\n");
}

int main (int argc, char **argv)
{
    if (argc == 2 && strcmp (argv[1], "version") == 0) {
        int major, minor, patch;
        zmq_version (&major, &minor, &patch);
        if (!zmq_has ("pgm")) {
            fprintf (stderr, "error: this libzmq was built without OpenPGM\n");
            return 1;
        }
        printf ("%d.%d.%d\n", major, minor, patch);
        return 0;
    }
    if (argc < 6) {
        fprintf (stderr, "usage: see the source\n");
        return 1;
    }
    pthread_t watcher;
    pthread_create (&watcher, NULL, end_with_input, NULL);
    size_t size = atoi (argv[5]);
    const char *role = argv[1];
    if (strcmp (role, "flood") == 0)
        publish (open_socket (ZMQ_PUB, argv), size, 0);
    else if (strcmp (role, "pace") == 0)
        publish (open_socket (ZMQ_PUB, argv), size, atof (argv[6]));
    else if (strcmp (role, "count") == 0)
        count (open_socket (ZMQ_SUB, argv), size, atof (argv[6]), atof (argv[7]));
    else if (strcmp (role, "repair") == 0)
        repair (open_socket (ZMQ_SUB, argv), size, atoi (argv[6]));
    fflush (stdout);
    pause ();
    return 0;
}
