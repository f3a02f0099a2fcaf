/** Files by names that are bytes: what Java's own paths cannot hold. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.disk;
