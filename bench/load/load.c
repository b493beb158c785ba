// The clients of the benchmark. Each prints one line of JSON.
//   load echo  PORT TLS CONNECTIONS SIZE DEPTH SECONDS   opens, prints, waits for a line, then keeps DEPTH messages of SIZE bytes
//                                                        in flight on each connection; prints again, and holds until its input ends
//   load hands PORT TLS PARALLEL SECONDS                 opens, waits for the 101, resets, and again
//   load idle  PORT TLS CONNECTIONS                      opens, prints the line, and holds until its input ends
#include "socket.h"

static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: bench.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Origin: https://bench.test\r\nUser-Agent: load/1.0 (benchmark)\r\nAccept-Language: en\r\n\r\n";
static const unsigned char MASK[4] = {0x37, 0xfa, 0x21, 0x3d};

enum phase { SAYING_HELLO, ASKING, OPEN, LOST };

struct client {
  struct socket socket;
  enum phase phase;
  int watched;            // the events asked for
  int newlines;           // of the blank line that ends the answer's head
  int status_at, is_101;
  uint64_t owed, offset;  // bytes of frames still to send, and where in a frame they begin
  uint64_t received;      // bytes of the answer that is coming
  double began;
  double *sent;           // when each message in flight was sent, a ring
  int oldest;
};

static int port, is_tls, depth = 1, poll_fd;
static unsigned char in[READ_SIZE];
static unsigned char *frames; // DEPTH frames and one more, so that a write may begin anywhere in the first
static size_t frame_size, answer_size;
static long done, lost;
static uint32_t *micros; // how often each latency came, up to two seconds
enum { SLOWEST = 2000000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void took(double seconds) {
  double each = seconds * 1e6;
  micros[each < SLOWEST ? (size_t)each : SLOWEST]++;
}

static double quantile(double share) {
  uint64_t total = 0, seen = 0;
  for (size_t at = 0; at <= SLOWEST; at++) total += micros[at];
  for (size_t at = 0; at <= SLOWEST; at++)
    if (total > 0 && (double)(seen += micros[at]) >= (double)total * share) return (double)at;
  return 0;
}

static void make_frames(size_t payload) {
  size_t header = payload < 126 ? 2 : payload < 65536 ? 4 : 10;
  frame_size = header + 4 + payload;
  answer_size = header + payload;
  frames = malloc(frame_size * (size_t)(depth + 1));
  frames[0] = 0x82;
  frames[1] = 0x80 | (unsigned char)(payload < 126 ? payload : payload < 65536 ? 126 : 127);
  for (size_t at = 2; at < header; at++) frames[at] = (unsigned char)(payload >> 8 * (header - 1 - at));
  memcpy(frames + header, MASK, 4);
  for (size_t at = 0; at < payload; at++) frames[header + 4 + at] = (unsigned char)(at * 31) ^ MASK[at & 3];
  for (int each = 1; each <= depth; each++) memcpy(frames + frame_size * (size_t)each, frames, frame_size);
}

static void want(struct client *client, int events) {
  if (client->watched == events) return;
  watch(poll_fd, client->socket.fd, (uint32_t)events, client, client->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
  client->watched = events;
}

#ifdef WITH_TLS
static SSL_CTX *tls_context;
static void start_tls(struct client *client) {
  if (!is_tls) return;
  if (tls_context == NULL) {
    tls_context = SSL_CTX_new(TLS_client_method()); // verifies nothing: it measures the other end
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  client->socket.tls = SSL_new(tls_context);
  SSL_set_connect_state(client->socket.tls);
  SSL_set_fd(client->socket.tls, client->socket.fd);
  SSL_set_tlsext_host_name(client->socket.tls, "bench.test");
}
#else
static void start_tls(struct client *client) {
  (void)client;
  if (is_tls) fprintf(stderr, "built without TLS\n"), exit(2);
}
#endif

static void dial(struct client *client) {
  static uint32_t turn; // many source addresses, so that ports do not run out
  struct sockaddr_in from = address_of(INADDR_LOOPBACK + turn++ % 50, 0), to = address_of(INADDR_LOOPBACK, port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), late = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
  without_delay(fd);
  client->socket.fd = fd;
  client->phase = SAYING_HELLO;
  client->newlines = client->status_at = client->is_101 = client->watched = 0;
  client->began = now();
  int failed = bind(fd, (struct sockaddr *)&from, sizeof from) || connect(fd, (struct sockaddr *)&to, sizeof to);
  if (failed && errno != EINPROGRESS) perror("connect"), exit(1);
  start_tls(client);
  want(client, EPOLLOUT);
}

static void lose(struct client *client) {
  lost++;
  client->phase = LOST;
  epoll_ctl(poll_fd, EPOLL_CTL_DEL, client->socket.fd, NULL);
}

static void flush(struct client *client) {
  while (client->owed > 0) {
    size_t whole = frame_size * (size_t)(depth + 1) - client->offset;
    ssize_t taken = io_write(&client->socket, frames + client->offset, client->owed < whole ? client->owed : whole);
    if (taken < 0 && errno != EAGAIN) return lose(client);
    if (taken < 0) return want(client, EPOLLIN | EPOLLOUT);
    client->owed -= (uint64_t)taken;
    client->offset = (client->offset + (uint64_t)taken) % frame_size;
  }
  want(client, EPOLLIN);
}

static void say(struct client *client, int messages) {
  double time = now();
  for (int each = 0; each < messages; each++) client->sent[(client->oldest + depth - messages + each) % depth] = time;
  client->owed += frame_size * (uint64_t)messages;
  flush(client);
}

static void ask(struct client *client) {
  ssize_t taken = io_write(&client->socket, REQUEST, sizeof REQUEST - 1); // also takes the TLS handshake its steps on
  if (taken < 0 && errno != EAGAIN) return lose(client);
  if (taken < 0) return want(client, is_tls ? EPOLLIN : EPOLLOUT);
  client->phase = ASKING;
  want(client, EPOLLIN);
}

// Reads the answer's head; true once it is whole. Nothing follows it: this origin speaks when spoken to.
static int read_head(struct client *client) {
  static const char EXPECTED[] = "HTTP/1.1 101 ";
  ssize_t size = io_read(&client->socket, in, sizeof in);
  if (size == 0 || (size < 0 && errno != EAGAIN)) return lose(client), 0;
  for (ssize_t at = 0; at < size; at++) {
    if (client->status_at < 13) client->is_101 += in[at] == EXPECTED[client->status_at++];
    int expected = client->newlines % 2 == 0 ? '\r' : '\n';
    client->newlines = in[at] == expected ? client->newlines + 1 : in[at] == '\r';
  }
  return client->newlines == 4;
}

static void read_answers(struct client *client) {
  ssize_t size = io_read(&client->socket, in, sizeof in);
  if (size == 0 || (size < 0 && errno != EAGAIN)) return lose(client);
  if (size < 0) return;
  client->received += (uint64_t)size;
  double time = now();
  int answered = 0;
  for (; client->received >= answer_size; answered++) {
    client->received -= answer_size;
    took(time - client->sent[client->oldest]);
    client->oldest = (client->oldest + 1) % depth;
  }
  done += answered;
  if (answered > 0) say(client, answered);
}

// Takes a client as far as its first answer; true when its head has just come.
static int step(struct client *client, uint32_t events) {
  if (client->phase == SAYING_HELLO) ask(client);
  else if (client->phase == ASKING && read_head(client)) {
    if (client->is_101 != 13) return lose(client), 0;
    client->phase = OPEN;
    return 1;
  } else if (client->phase == OPEN) {
    if (events & EPOLLOUT) flush(client);
    if (client->phase == OPEN && events & ~(uint32_t)EPOLLOUT) read_answers(client);
  }
  return 0;
}

// Opens all clients, some at a time: nobody's backlog is to overflow.
static struct client *open_all(int count) {
  struct client *clients = calloc((size_t)count, sizeof *clients);
  int begun = 0, open = 0;
  while (open + lost < count) {
    for (; begun < count && begun - open - lost < 64; begun++) dial(&clients[begun]);
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll_fd, events, EVENTS, 10000);
    if (ready == 0) fprintf(stderr, "only %d of %d connections open\n", open, count), exit(1);
    for (int each = 0; each < ready; each++) open += step(events[each].data.ptr, events[each].events);
  }
  return clients;
}

static void print(const char *what, double seconds) {
  printf("{\"%s\":%ld,\"lost\":%ld,\"perSecond\":%.0f,\"p50\":%.0f,\"p99\":%.0f}\n", what, done, lost,
         (double)done / seconds, quantile(0.5), quantile(0.99));
  fflush(stdout);
}

static void hold(void) {
  while (getchar() != EOF) {}
}

static void run_echo(int connections, double seconds) {
  struct client *clients = open_all(connections);
  printf("{\"open\":%d,\"lost\":%ld}\n", connections, lost);
  fflush(stdout);
  if (getchar() == EOF) exit(1); // whoever measures reads its counters first
  for (int each = 0; each < connections; each++) {
    clients[each].sent = calloc((size_t)depth, sizeof(double));
    say(&clients[each], depth);
  }
  double start = now();
  while (now() - start < seconds) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll_fd, events, EVENTS, 100);
    for (int each = 0; each < ready; each++) step(events[each].data.ptr, events[each].events);
  }
  print("messages", now() - start);
  hold();
}

static void reset(struct client *client) {
  struct linger now_and_hard = {1, 0};
  setsockopt(client->socket.fd, SOL_SOCKET, SO_LINGER, &now_and_hard, sizeof now_and_hard);
  io_close(&client->socket);
}

static void run_hands(int parallel, double seconds) {
  struct client *clients = calloc((size_t)parallel, sizeof *clients);
  double start = now();
  for (int each = 0; each < parallel; each++) dial(&clients[each]);
  while (now() - start < seconds) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll_fd, events, EVENTS, 100);
    for (int each = 0; each < ready; each++) {
      struct client *client = events[each].data.ptr;
      int is_open = step(client, events[each].events);
      if (!is_open && client->phase != LOST) continue;
      if (is_open) done++, took(now() - client->began);
      reset(client);
      dial(client);
    }
  }
  print("handshakes", now() - start);
}

int main(int count, char **words) {
  if (count < 5) return fprintf(stderr, "see the top of load.c\n"), 2;
  raise_file_limit();
  micros = calloc(SLOWEST + 1, sizeof *micros);
  poll_fd = epoll_create1(0);
  port = atoi(words[2]);
  is_tls = atoi(words[3]);
  int connections = atoi(words[4]);
  if (!strcmp(words[1], "hands") && count == 6) run_hands(connections, atof(words[5]));
  else if (!strcmp(words[1], "echo") && count == 8) {
    depth = atoi(words[6]);
    make_frames((size_t)atol(words[5]));
    run_echo(connections, atof(words[7]));
  } else if (!strcmp(words[1], "idle")) {
    open_all(connections);
    printf("{\"open\":%ld,\"lost\":%ld}\n", connections - lost, lost);
    fflush(stdout);
    hold();
  } else return fprintf(stderr, "see the top of load.c\n"), 2;
  return 0;
}
