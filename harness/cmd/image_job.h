/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox image` is to do, and the parts of it that have files of their own. */
#pragma once

#include "image/source.h"

/**
 * struct ImageJob - the words of `bisectbox image`; borrowed but for @words
 * @action:    the first word
 * @words:     those after it, and a NULL
 * @json:      --json
 * @rebuild:   --rebuild
 * @name:      --name, or NULL
 * @password:  --root-password: a file's path, or NULL
 * @no_crun:   --no-crun
 * @cancel:    ends what is done
 */
typedef struct {
	const char *action;
	GPtrArray *words;
	bool json;
	bool rebuild;
	const char *name;
	const char *password;
	bool no_crun;
	GCancellable *cancel;
} ImageJob;

/* Each returns an exit code. */
int image_job_build(const ImageJob *job, const char *name);
int image_job_import(const ImageJob *job, const char *disk);
int image_job_list(const ImageJob *job, const char *only);
int image_job_show(const ImageJob *job, const char *name);
int image_job_check(const ImageJob *job, const char *name);
int image_job_remove(const ImageJob *job);
int image_job_shell(const ImageJob *job, const char *name);
