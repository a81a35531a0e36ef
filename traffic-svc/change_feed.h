/* SPDX-License-Identifier: MIT */
/*
 * What changes reaches the streams: of the kiosks that are connected here, whichever replica made the change, and of
 * the administrators who watch which kiosks are online. It looks when this replica has changed something, when another
 * one says so, and every second, so that nothing is lost when a notification is.
 */
#ifndef TRAFFIC_CHANGE_FEED_H
#define TRAFFIC_CHANGE_FEED_H

#include "poly/sse.h"

#include "presence.h"
#include "tablet.h"

typedef struct change_feed change_feed;

change_feed *change_feed_create(poly_runtime *runtime, poly_pg *pg, kiosk_presence *presence);
void change_feed_start(change_feed *feed);
void change_feed_destroy(change_feed **feed); /* after poly_runtime_stop and poly_server_destroy */

/* A change of a kiosk's state has been committed here. Any thread. */
void change_feed_wake(change_feed *feed);

poly_sse_hub *change_feed_kiosks(change_feed *feed);   /* topics: see change_feed_topic */
poly_sse_hub *change_feed_statuses(change_feed *feed); /* one topic, STATUSES_TOPIC */
#define STATUSES_TOPIC "statuses"

/* Kiosks that have proved themselves, and others, hear of it in topics of their own. */
void change_feed_topic(const char *tablet_id, tablet_view view, char out[POLY_SSE_TOPIC_SIZE]);
/* The data of an event "tablet", with the time of now. */
void change_feed_write(const kiosk_state *state, tablet_view view, poly_strbuf *out);

#endif
