/* SPDX-License-Identifier: MIT */
#include "daemon/stop_signal.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static void fill(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
}

void stop_signal_block(void)
{
    sigset_t signals;

    fill(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

/* One has been taken. */
static const char *let_the_next_end_it(int number)
{
    sigset_t signals;

    fill(&signals);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    return number == SIGTERM ? "SIGTERM" : "SIGINT";
}

const char *stop_signal_wait(void)
{
    sigset_t signals;
    int number;

    fill(&signals);
    while (sigwait(&signals, &number) != 0)
        ;
    return let_the_next_end_it(number);
}

const char *stop_signal_wait_for(unsigned milliseconds)
{
    const struct timespec limit = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    sigset_t signals;
    int number;

    fill(&signals);
    do
        number = sigtimedwait(&signals, NULL, &limit);
    while (number < 0 && errno == EINTR);
    return number > 0 ? let_the_next_end_it(number) : NULL;
}
