package dev.penstock.gateway;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.penstock.gateway.config.GatewaySettings.LogFormat;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * How lines of the log are written: one event a line, on standard error, since standard output is
 * for answers. In code, since a file of Logback's takes an XML parser to read; one that {@code
 * -Dlogback.configurationFile} names is taken instead.
 */
public final class LogLines extends ContextAwareBase implements Configurator {
  private static final String FILE_PROPERTY = "logback.configurationFile";
  private static final String TEXT = "%d{HH:mm:ss.SSS} %-5level %msg %kvp{NONE}%n%ex{short}";

  private static final Map<String, Level> OTHERS =
      Map.of(
          "io.netty", Level.WARN,
          "io.vertx", Level.WARN,
          // PF4J tells every step of loading; what came of it is told by the gateway.
          "org.pf4j", Level.ERROR,
          // The host's own pools have the names of the modules': the gauges of these are shown.
          "io.micrometer", Level.ERROR);

  /** For {@code ServiceLoader}. */
  public LogLines() {}

  /** For people, until {@link #write} is told otherwise. */
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty(FILE_PROPERTY) != null) return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    OTHERS.forEach((name, level) -> context.getLogger(name).setLevel(level));
    var encoder = new PatternLayoutEncoder();
    encoder.setPattern(TEXT);
    write(context, encoder, "TEXT");
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** From now on. Only for a gateway that was told so: another binding of SLF4J is left alone. */
  static void write(LogFormat format) {
    if (format == LogFormat.TEXT) return;
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) return;
    write(context, new JsonEncoder(), "JSON");
  }

  private static void write(LoggerContext context, Encoder<ILoggingEvent> encoder, String name) {
    encoder.setContext(context);
    encoder.start();
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setName(name);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
  }
}
