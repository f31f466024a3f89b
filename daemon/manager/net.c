// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses and sockets. */
#include "net.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* AF41, which Wi-Fi sends in its video class. */
#define DSCP_VIDEO (34 << 2)
#define SEND_BUFFER (1 << 20)

struct mc_listener {
	int fd;
	guint source;
	mc_listener_accept accept;
	void *data;
};

struct address {
	struct sockaddr_storage storage;
	socklen_t size;
};

static bool to_sockaddr(GInetAddress *address, uint32_t scope, uint16_t port, struct address *to)
{
	g_autoptr(GSocketAddress) socket_address = g_object_new(G_TYPE_INET_SOCKET_ADDRESS, "address", address, "port", port,
								"scope-id", scope, NULL);

	to->size = g_socket_address_get_native_size(socket_address);
	return g_socket_address_to_native(socket_address, &to->storage, sizeof(to->storage), NULL);
}

GInetAddress *mc_net_parse_target(const char *target, GError **error)
{
	GInetAddress *address = NULL;

	if (!strncmp(target, "ip:", 3))
		address = g_inet_address_new_from_string(target + 3);
	if (address && !g_inet_address_get_is_any(address) && !g_inet_address_get_is_multicast(address))
		return address;
	g_clear_object(&address);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		    "\"%.80s\" is no target; expected ip:ADDRESS, such as ip:192.168.49.7", target);
	return NULL;
}

GInetAddress *mc_net_local_for(GInetAddress *peer, GError **error)
{
	struct address to;
	g_autoptr(GSocketAddress) local = NULL;
	g_autofree char *name = g_inet_address_to_string(peer);
	int fd = -1;

	if (to_sockaddr(peer, 0, MC_RTSP_PORT, &to))
		fd = socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to.storage, to.size)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "no way to %s: %s; is the network up?", name,
			    g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	to.size = sizeof(to.storage);
	getsockname(fd, (struct sockaddr *)&to.storage, &to.size);
	close(fd);
	local = g_socket_address_new_from_native(&to.storage, to.size);
	return g_object_ref(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(local)));
}

int mc_net_udp(GInetAddress *local, GInetAddress *peer, uint16_t peer_port, uint16_t own_port, uint16_t *port)
{
	struct address from, to;
	int fd, ret, tos = DSCP_VIDEO, buffer = SEND_BUFFER;

	if (!to_sockaddr(local, 0, own_port, &from) || !to_sockaddr(peer, 0, peer_port, &to))
		return -EINVAL;
	fd = socket(from.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&from.storage, from.size) || connect(fd, (struct sockaddr *)&to.storage, to.size)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	/* Wishes: without them it works, too. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (from.storage.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	else
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	from.size = sizeof(from.storage);
	getsockname(fd, (struct sockaddr *)&from.storage, &from.size);
	*port = ntohs(from.storage.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&from.storage)->sin6_port :
							  ((struct sockaddr_in *)&from.storage)->sin_port);
	return fd;
}

static gboolean accept_one(int listening, GIOCondition condition, void *data)
{
	mc_listener *listener = data;
	struct address from = { .size = sizeof(from.storage) };
	g_autoptr(GSocketAddress) address = NULL;
	int fd = accept4(listening, (struct sockaddr *)&from.storage, &from.size, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;

	if (fd < 0)
		return G_SOURCE_CONTINUE;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	address = g_socket_address_new_from_native(&from.storage, from.size);
	if (!address || !listener->accept(listener->data, g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)), fd))
		close(fd);
	return G_SOURCE_CONTINUE;
}

mc_listener *mc_listener_new(GInetAddress *local, mc_listener_accept accept, void *data, GError **error)
{
	g_autofree char *name = g_inet_address_to_string(local);
	struct address at;
	mc_listener *listener;
	int fd = -1, one = 1;

	if (to_sockaddr(local, 0, MC_RTSP_PORT, &at))
		fd = socket(at.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at.storage, at.size) || listen(fd, 8)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot listen on %s port %d: %s%s", name, MC_RTSP_PORT,
			    g_strerror(errno), errno == EADDRINUSE ? "; another Miracast program is running" : "");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	listener = g_new0(mc_listener, 1);
	listener->fd = fd;
	listener->accept = accept;
	listener->data = data;
	listener->source = g_unix_fd_add(fd, G_IO_IN, accept_one, listener);
	return listener;
}

void mc_listener_free(mc_listener *listener)
{
	g_source_remove(listener->source);
	close(listener->fd);
	g_free(listener);
}
