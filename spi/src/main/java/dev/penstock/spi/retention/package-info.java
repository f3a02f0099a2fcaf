/** Which snapshots are kept, and which are let go. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.retention;
