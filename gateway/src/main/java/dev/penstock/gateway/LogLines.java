package dev.penstock.gateway;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.penstock.gateway.config.GatewaySettings.LogFormat;
import org.slf4j.LoggerFactory;

/** How lines of the log are written; {@code logback.xml} has the format for people. */
final class LogLines {
  private LogLines() {}

  /** From now on. Only for a gateway that was told so: another binding of SLF4J is left alone. */
  static void write(LogFormat format) {
    if (format == LogFormat.TEXT) return;
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) return;
    var encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.start();
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setName("JSON");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
  }
}
