/** Several repositories that are asked as one. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.cluster;
