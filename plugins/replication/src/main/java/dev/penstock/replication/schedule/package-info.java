/** Which step is taken next, of all jobs. Pure: the clock is given, and so is chance. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.schedule;
