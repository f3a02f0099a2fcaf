/** Listening: what runs on each event loop, and how it gets at the raw channel. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.serve;
