package dev.penstock.spi;
public final class GatewayError { private GatewayError() {} }
