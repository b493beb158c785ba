// Non-blocking sockets, plain or TLS, for the load and for the origin: both see `io_read` and `io_write` alone.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

enum { READ_SIZE = 256 * 1024, EVENTS = 512 };

struct socket {
  int fd;
#ifdef WITH_TLS
  SSL *tls;
#endif
};

// Bytes, 0 at the peer's end, or -1: nothing now when errno is EAGAIN, else the connection is lost.
static inline ssize_t io_result(struct socket *s, ssize_t n) {
#ifdef WITH_TLS
  if (s->tls == NULL || n > 0) return n;
  int why = SSL_get_error(s->tls, (int)n);
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
#else
  (void)s;
  return n;
#endif
}

static inline ssize_t io_read(struct socket *s, void *to, size_t size) {
#ifdef WITH_TLS
  ERR_clear_error(); // or an old one would be taken for this one's
  if (s->tls != NULL) return io_result(s, SSL_read(s->tls, to, (int)size));
#endif
  return recv(s->fd, to, size, 0);
}

static inline ssize_t io_write(struct socket *s, const void *from, size_t size) {
#ifdef WITH_TLS
  ERR_clear_error();
  if (s->tls != NULL) return io_result(s, SSL_write(s->tls, from, (int)size));
#endif
  return send(s->fd, from, size, MSG_NOSIGNAL);
}

static inline void io_close(struct socket *s) {
#ifdef WITH_TLS
  if (s->tls != NULL) SSL_free(s->tls);
  s->tls = NULL;
#endif
  close(s->fd);
}

static inline void watch(int poll, int fd, uint32_t events, void *what, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = what};
  if (epoll_ctl(poll, operation, fd, &event) != 0) perror("epoll_ctl"), exit(1);
}

static inline void without_delay(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static inline struct sockaddr_in address_of(uint32_t host, int port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(host)};
}

static inline void raise_file_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}
