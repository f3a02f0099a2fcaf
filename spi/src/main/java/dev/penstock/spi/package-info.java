/** What every part of the contract shares: {@link dev.penstock.spi.GatewayError}. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi;
