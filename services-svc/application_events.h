/* SPDX-License-Identifier: MIT */
/*
 * What subscribers to an application are told: made in the transaction that changed it, handed on by each replica to
 * its own subscribers.
 */
#ifndef SERVICES_APPLICATION_EVENTS_H
#define SERVICES_APPLICATION_EVENTS_H

#include "poly/pg_listen.h"
#include "poly/sse.h"
#include "poly/write.h"

#include "store_applications.h"

/* --- events: each is the last statement of its transaction but for the audit --- */

poly_result event_state_changed(poly_pg_transaction *transaction, poly_write *write, const campus_application *changed,
                                application_state old_state, const history_actor *actor);
poly_result event_assigned(poly_pg_transaction *transaction, poly_write *write, const campus_application *changed);
poly_result event_response(poly_pg_transaction *transaction, poly_write *write, const campus_application *about,
                           const campus_message *response, const attachment_list *attachments);
poly_result event_comment(poly_pg_transaction *transaction, poly_write *write, const campus_application *about,
                          const campus_message *comment, const attachment_list *attachments);

/* --- the feed: from the table to the hub --- */

typedef struct event_feed event_feed;

/* Begins to follow the table, on `loop`. */
event_feed *event_feed_start(poly_runtime *runtime, poly_pg *pg, poly_loop *loop);
/* Once the runtime has been stopped. A pointer to NULL is accepted. */
void event_feed_stop(event_feed **feed);
poly_sse_hub *event_feed_hub(event_feed *feed);

enum { EVENT_TOPIC_SIZE = 48 };
/* The topic of those who may see the application as the caller does. */
void event_topic(const services_caller *caller, const char *application_id, char topic[EVENT_TOPIC_SIZE]);

#endif
