@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.socket;
