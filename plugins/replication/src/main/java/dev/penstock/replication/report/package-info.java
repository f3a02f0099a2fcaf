/** What became of a run: while it goes on, at its end, and for as long as it is remembered. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.report;
