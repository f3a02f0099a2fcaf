/**
 * The line protocol of git-annex, to a repository behind a program's input and output. Source:
 * git-annex's design document {@code p2p_protocol}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.line;
