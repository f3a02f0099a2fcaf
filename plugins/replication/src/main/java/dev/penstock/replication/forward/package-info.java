/** Leads clients on to volumes that were handed over, and serves those that are led on to here. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.forward;
