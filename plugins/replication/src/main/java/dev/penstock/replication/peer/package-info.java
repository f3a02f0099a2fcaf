/** The peer API: how gateways talk to each other, as who asks and as who answers. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.peer;
