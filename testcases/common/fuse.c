/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A FUSE daemon by hand. Speaks a version of the protocol that kernels of the last ten years and
 * more know, so that all its answers have one form only.
 */
#include "common/fuse.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SPOKEN_MINOR = 22, MAX_WRITE = 4096, FILE_NODE = 2, VALID_S = 60 };

/* Of this age, the answer to FUSE_INIT ends here. */
#define INIT_SIZE offsetof(struct fuse_init_out, time_gran)

static void answer(int device, uint64_t unique, int error, const void *body, size_t len)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + len),
					.error = -error,
					.unique = unique };
	struct iovec parts[2] = { { &head, sizeof(head) }, { (void *)(uintptr_t)body, len } };

	/* fails when the one who asked is gone: then there is nobody to tell */
	if (writev(device, parts, 2) < 0)
		return;
}

static struct fuse_attr attr_of(uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
				   .mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755,
				   .nlink = 1,
				   .blksize = 4096 };
}

static void serve_one(const FuseDaemon *daemon, const struct fuse_in_header *in)
{
	const struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
					    .minor = SPOKEN_MINOR,
					    .max_write = MAX_WRITE };
	const struct fuse_entry_out entry = { .nodeid = FILE_NODE,
					      .entry_valid = VALID_S,
					      .attr_valid = VALID_S,
					      .attr = attr_of(FILE_NODE) };
	const struct fuse_attr_out attr = { .attr_valid = VALID_S, .attr = attr_of(in->nodeid) };
	const struct fuse_open_out opened = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(daemon->device, in->unique, 0, &init, INIT_SIZE);
		break;
	case FUSE_LOOKUP:
		answer(daemon->device, in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(daemon->device, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(daemon->device, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_FLUSH:
		/* answered first: who hears of it may kill us at once */
		if (daemon->answer_flush)
			answer(daemon->device, in->unique, 0, NULL, 0);
		if (write(daemon->events, "flush\n", strlen("flush\n")) < 0)
			_exit(1);
		break;
	case FUSE_RELEASE:
		answer(daemon->device, in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* have no answer */
	default:
		answer(daemon->device, in->unique, ENOSYS, NULL, 0);
	}
}

void fuse_serve(const FuseDaemon *daemon)
{
	_Alignas(struct fuse_in_header) char request[64 * 1024];
	ssize_t n;

	for (;;) {
		n = read(daemon->device, request, sizeof(request));
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			serve_one(daemon, (const struct fuse_in_header *)request);
		/* ENOENT: a request was withdrawn before it was read */
		else if (n >= 0 || (errno != EINTR && errno != EAGAIN && errno != ENOENT))
			return;
	}
}
