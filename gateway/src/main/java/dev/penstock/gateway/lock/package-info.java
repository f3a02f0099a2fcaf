/** Who has a path: one lock, with its holder's name in it. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.lock;
