package dev.penstock.replication.job;

import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;

/** Between whom a job's steps are taken. */
record Ends(Sender sender, Receiver receiver) {}
