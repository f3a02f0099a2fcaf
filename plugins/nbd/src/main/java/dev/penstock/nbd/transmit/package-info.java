/** One connection: bytes to requests, requests to a volume, replies packed and sent. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.transmit;
