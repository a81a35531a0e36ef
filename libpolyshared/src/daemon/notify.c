/* SPDX-License-Identifier: MIT */
#include "daemon/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "poly/log.h"

/* A path, or with a leading '@' a name of Linux's abstract namespace, which begins with a NUL. 0 for neither. */
static socklen_t make_address(const char *name, struct sockaddr_un *address)
{
    size_t size = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof(address->sun_path))
        return 0;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, size);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    else
        size++; /* a path is sent with its NUL, an abstract name without */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
}

static int send_state(const char *name, const char *state)
{
    struct sockaddr_un address;
    socklen_t size = make_address(name, &address);
    int error = 0;
    int socket_fd;

    if (!size)
        return EINVAL;
    socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0)
        return errno;
    /* Never wait for a supervisor that does not read. */
    if (sendto(socket_fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size) < 0)
        error = errno;
    close(socket_fd);
    return error;
}

void daemon_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    int error;

    if (!name || !name[0])
        return;
    error = send_state(name, state);
    if (error)
        poly_log(POLY_LOG_WARNING, "cannot notify the supervisor", poly_text_field("socket", name),
                 poly_text_field("state", state), poly_text_field("error", strerror(error)));
}
