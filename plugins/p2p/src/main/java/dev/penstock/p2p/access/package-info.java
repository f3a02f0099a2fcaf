/** Who may do what: rights, users, how they show who they are, and what they are told. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.access;
