/** Stand-ins and short ways for tests of repositories. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.testing;
