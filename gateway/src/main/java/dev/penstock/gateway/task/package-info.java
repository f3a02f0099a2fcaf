/** Long pieces of work: who runs which, how far they are, and the watch over them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.task;
