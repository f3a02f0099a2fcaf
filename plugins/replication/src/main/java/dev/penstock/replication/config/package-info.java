/** The settings of a replication module: closed records, made from valid settings only. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.config;
