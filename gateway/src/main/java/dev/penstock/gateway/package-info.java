/** gateway. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway;
