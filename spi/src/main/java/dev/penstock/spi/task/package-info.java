/** Long pieces of work, and the watch that is kept over them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.task;
