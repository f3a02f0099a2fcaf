/** Jobs, and what a run of one does: plan, send, mark, try again. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.job;
