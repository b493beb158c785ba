// The origin of the benchmark: switches to WebSocket and sends every frame back, unmasked.
//   origin     listens on a free port of 127.0.0.1 and prints it
// It knows the one key that the load uses (RFC 6455, section 1.3), so it need not hash.
#include "socket.h"

static const char SWITCHED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct peer {
  struct socket socket;
  int has_switched;
  int newlines;          // of the blank line that ends a head: \r\n\r\n seen so far
  unsigned char head[14]; // a frame's header, as much as has come
  int head_size;
  uint64_t left;          // payload bytes still to come
  unsigned mask_at;
  unsigned char *waiting; // what the kernel did not take
  size_t waiting_size;
};

static unsigned char in[READ_SIZE], out[READ_SIZE + 4096];

static int header_size(const unsigned char *head, int have) {
  if (have < 2) return 2;
  int length = head[1] & 0x7f;
  return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (head[1] & 0x80 ? 4 : 0);
}

static uint64_t payload_size(const unsigned char *head) {
  int length = head[1] & 0x7f, bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes == 0) return (uint64_t)length;
  uint64_t size = 0;
  for (int at = 0; at < bytes; at++) size = size << 8 | head[2 + at];
  return size;
}

// Copies a payload and takes its mask off, eight bytes at a time where it can.
static void unmask(unsigned char *to, const unsigned char *from, size_t size, const unsigned char *mask, unsigned *at) {
  unsigned char turned[8];
  for (unsigned each = 0; each < 8; each++) turned[each] = mask[(*at + each) & 3];
  uint64_t wide, word;
  memcpy(&wide, turned, 8);
  size_t done = 0;
  for (; done + 8 <= size; done += 8) {
    memcpy(&word, from + done, 8);
    word ^= wide;
    memcpy(to + done, &word, 8);
  }
  for (size_t each = done; each < size; each++) to[each] = from[each] ^ turned[each - done];
  *at = (unsigned)(*at + size) & 3;
}

// Turns frames that came into frames to send; never more bytes than came.
static size_t answer(struct peer *peer, const unsigned char *from, size_t size, unsigned char *to) {
  size_t at = 0, written = 0;
  while (at < size) {
    int want = header_size(peer->head, peer->head_size);
    if (peer->head_size < want) {
      peer->head[peer->head_size++] = from[at++];
      if (peer->head_size < header_size(peer->head, peer->head_size)) continue;
      int plain = want - (peer->head[1] & 0x80 ? 4 : 0);
      memcpy(to + written, peer->head, (size_t)plain);
      to[written + 1] &= 0x7f;
      written += (size_t)plain;
      peer->left = payload_size(peer->head);
      peer->mask_at = 0;
    }
    size_t part = size - at < peer->left ? size - at : (size_t)peer->left;
    unmask(to + written, from + at, part, peer->head + want - 4, &peer->mask_at);
    at += part, written += part, peer->left -= part;
    if (peer->left == 0) peer->head_size = 0;
  }
  return written;
}

static size_t skip_head(struct peer *peer, const unsigned char *from, size_t size) {
  for (size_t at = 0; at < size; at++) {
    int expected = peer->newlines % 2 == 0 ? '\r' : '\n';
    peer->newlines = from[at] == expected ? peer->newlines + 1 : from[at] == '\r';
    if (peer->newlines < 4) continue;
    peer->has_switched = 1;
    return at + 1;
  }
  return size;
}

static int keep(struct peer *peer, const unsigned char *from, size_t size) {
  peer->waiting = realloc(peer->waiting, size);
  memmove(peer->waiting, from, size);
  peer->waiting_size = size;
  return 0;
}

// False when the kernel has not taken everything; the rest then waits in the peer.
static int send_all(struct peer *peer, const unsigned char *from, size_t size) {
  while (size > 0) {
    ssize_t taken = io_write(&peer->socket, from, size);
    if (taken < 0) return keep(peer, from, size);
    from += taken, size -= (size_t)taken;
  }
  return 1;
}

static int on_readable(struct peer *peer) {
  ssize_t size = io_read(&peer->socket, in, sizeof in);
  if (size <= 0) return size < 0 && errno == EAGAIN;
  size_t skipped = 0, written = 0;
  if (!peer->has_switched) {
    skipped = skip_head(peer, in, (size_t)size);
    if (!peer->has_switched) return 1;
    memcpy(out, SWITCHED, written = sizeof SWITCHED - 1);
  }
  written += answer(peer, in + skipped, (size_t)size - skipped, out + written);
  send_all(peer, out, written);
  return 1;
}

static int on_writable(struct peer *peer) {
  unsigned char *waiting = peer->waiting;
  size_t size = peer->waiting_size;
  peer->waiting = NULL;
  peer->waiting_size = 0;
  send_all(peer, waiting, size);
  free(waiting);
  return 1;
}

static void serve(struct peer *peer, int poll) {
  int was_stopped = peer->waiting_size > 0;
  if (!(was_stopped ? on_writable(peer) : on_readable(peer))) {
    io_close(&peer->socket);
    free(peer->waiting);
    free(peer);
    return;
  }
  int is_stopped = peer->waiting_size > 0;
  if (is_stopped != was_stopped) watch(poll, peer->socket.fd, is_stopped ? EPOLLOUT : EPOLLIN, peer, EPOLL_CTL_MOD);
}

static void accept_all(int listener, int poll) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    struct peer *peer = calloc(1, sizeof *peer);
    peer->socket.fd = fd;
    without_delay(fd);
    watch(poll, fd, EPOLLIN, peer, EPOLL_CTL_ADD);
  }
}

int main(void) {
  raise_file_limit();
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0);
  struct sockaddr_in here = address_of(INADDR_LOOPBACK, 0);
  socklen_t size = sizeof here;
  if (bind(listener, (struct sockaddr *)&here, size) || listen(listener, 4096)) return perror("listen"), 1;
  getsockname(listener, (struct sockaddr *)&here, &size);
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  watch(poll, listener, EPOLLIN, NULL, EPOLL_CTL_ADD);
  for (struct epoll_event events[EVENTS];;) {
    int count = epoll_wait(poll, events, EVENTS, -1);
    for (int each = 0; each < count; each++) {
      if (events[each].data.ptr == NULL) accept_all(listener, poll);
      else serve(events[each].data.ptr, poll);
    }
  }
}
