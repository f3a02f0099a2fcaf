/** Content that clients have locked, and what keeps it so. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.lock;
