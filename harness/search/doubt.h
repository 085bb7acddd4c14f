/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the search and its caller where answers are doubted: counts them, asks again, and hands
 * over to the noisy search. For the files of the search only. Pure.
 */
#pragma once

#include "search/noisy.h"

typedef struct Doubt Doubt;

Doubt *doubt_new(const Search *search, const SearchDoubt *spec);
void doubt_free(Doubt *doubt);

/** doubt_answer() - take an answer. Return: whether the search itself is not to see it */
bool doubt_answer(Doubt *doubt, Node node, Verdict verdict, bool clean);
/** doubt_forget_unclean() - like search_forget_unclean() */
void doubt_forget_unclean(Doubt *doubt, Node node);
/** doubt_next() - what to do, given what the search itself wants */
SearchAsk doubt_next(Doubt *doubt, Node *ret_node, SearchWhy *ret_why);
/** doubt_noisy() - the noisy search, or NULL while answers are believed; borrowed */
NoisySearch *doubt_noisy(Doubt *doubt);
