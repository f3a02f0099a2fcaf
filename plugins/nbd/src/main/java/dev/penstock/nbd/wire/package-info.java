/** The bytes of the NBD protocol: constants, requests and replies, without sockets or volumes. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.wire;
