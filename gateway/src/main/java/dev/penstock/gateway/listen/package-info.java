/** Addresses to listen on: taking them, giving them back, and saying who has them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.listen;
