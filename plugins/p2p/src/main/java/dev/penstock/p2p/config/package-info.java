/** The settings of the module: where it listens, repositories, clusters, users and limits. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.config;
