/*
 * libzmq's end of the multicast measurements; `source.ts` and `receiver.ts` are the same on our module.
 *
 *   cc -O2 -o multicast libzmq.c -lzmq -lpthread
 *   ./multicast flood  <endpoint> <rate> <recovery ms> <size> <count>         so many as fast as the rate lets it
 *   ./multicast pace   <endpoint> <rate> <recovery ms> <size> <interval ms>   one each interval, without an end
 *   ./multicast count  <endpoint> <rate> <recovery ms> <size> <count>
 *   ./multicast repair <endpoint> <rate> <recovery ms> <size> <count>
 *
 * A message begins with a mark, its number and the time it was sent at (struct head). One in a hundred is marked:
 * the lab drops those, the first time they come. `flood` and `count` let a fifth of the messages pass before the
 * clock starts, and print a line when it does and one at the last message, or when none has come for QUIET_MS;
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
#define WARM_UP 5 /* the fifth part */
#define QUIET_MS 15000
#define RECEIVE_BUFFER (4 << 20)

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
    int rate = atoi (argv[3]), recovery = atoi (argv[4]), yes = 1, quiet = QUIET_MS, buffer = RECEIVE_BUFFER;
    void *socket = zmq_socket (zmq_ctx_new (), type);
    check (socket != NULL, "zmq_socket");
    check (zmq_setsockopt (socket, ZMQ_RATE, &rate, sizeof rate) == 0, "ZMQ_RATE");
    check (zmq_setsockopt (socket, ZMQ_RECOVERY_IVL, &recovery, sizeof recovery) == 0, "ZMQ_RECOVERY_IVL");
    if (type == ZMQ_PUB)
        check (zmq_setsockopt (socket, ZMQ_XPUB_NODROP, &yes, sizeof yes) == 0, "ZMQ_XPUB_NODROP");
    else
        check (zmq_setsockopt (socket, ZMQ_SUBSCRIBE, "", 0) == 0, "ZMQ_SUBSCRIBE");
    check (zmq_setsockopt (socket, ZMQ_RCVTIMEO, &quiet, sizeof quiet) == 0, "ZMQ_RCVTIMEO");
    check (zmq_setsockopt (socket, ZMQ_RCVBUF, &buffer, sizeof buffer) == 0, "ZMQ_RCVBUF");
    check (zmq_connect (socket, argv[2]) == 0, argv[2]);
    return socket;
}

static void begin (void)
{
    printf ("{\"begun\":true}\n");
    fflush (stdout);
}

static void flood (void *socket, size_t size, uint32_t count)
{
    char *message = calloc (1, size);
    struct head *head = (struct head *) message;
    for (; head->number < count; head->number++) {
        if (head->number == count / WARM_UP)
            begin ();
        check (zmq_send (socket, message, size, 0) == (int) size, "zmq_send");
    }
    printf ("{\"sent\":%u}\n", count);
}

static void pace (void *socket, size_t size, double interval)
{
    char *message = calloc (1, size);
    struct head *head = (struct head *) message;
    for (double next = now_ms ();; head->number++) {
        next += interval;
        double wait = next - now_ms ();
        if (wait > 0)
            usleep (wait * 1000);
        head->mark = head->number % 100 == 99 ? MARK : 0;
        head->sent = now_ms ();
        check (zmq_send (socket, message, size, 0) == (int) size, "zmq_send");
    }
}

/* NULL: none has come in time. */
static const struct head *receive (void *socket, zmq_msg_t *message, size_t size)
{
    int length = zmq_msg_recv (message, socket, 0);
    if (length == -1 && zmq_errno () == EAGAIN)
        return NULL;
    check (length == (int) size, "a message of the right size");
    return zmq_msg_data (message);
}

static void count (void *socket, size_t size, uint32_t count)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    uint32_t all = 0, timed = 0;
    double start = 0, last = 0;
    const struct head *head;
    while ((head = receive (socket, &message, size)) != NULL) {
        all++;
        if (start > 0) {
            timed++;
            if (timed % 256 == 0 || head->number == count - 1)
                last = now_ms ();
        } else if (head->number >= count / WARM_UP) {
            begin ();
            start = now_ms ();
        }
        if (head->number == count - 1)
            break;
    }
    printf ("{\"messages\":%u,\"lost\":%u,\"seconds\":%f}\n", timed, count - all, (last - start) / 1000);
}

static void repair (void *socket, size_t size, int wanted)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    printf ("{\"milliseconds\":[");
    for (int found = 0; found < wanted;) {
        const struct head *head = receive (socket, &message, size);
        check (head != NULL, "a message in time");
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
    if (argc < 7) {
        fprintf (stderr, "usage: see the source\n");
        return 1;
    }
    pthread_t watcher;
    pthread_create (&watcher, NULL, end_with_input, NULL);
    size_t size = atoi (argv[5]);
    int number = atoi (argv[6]);
    const char *role = argv[1];
    if (strcmp (role, "flood") == 0)
        flood (open_socket (ZMQ_PUB, argv), size, number);
    else if (strcmp (role, "pace") == 0)
        pace (open_socket (ZMQ_PUB, argv), size, number);
    else if (strcmp (role, "count") == 0)
        count (open_socket (ZMQ_SUB, argv), size, number);
    else if (strcmp (role, "repair") == 0)
        repair (open_socket (ZMQ_SUB, argv), size, number);
    fflush (stdout);
    pause ();
    return 0;
}
