/** When a job runs, and what the snapshots are called that it takes. Pure: the clock is given. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.trigger;
