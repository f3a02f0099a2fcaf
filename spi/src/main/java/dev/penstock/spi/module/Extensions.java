package dev.penstock.spi.module;

import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * What the plugins that are loaded now bring for modules to use.
 *
 * <p>Ask whenever something is needed, and forget what came: a plugin can be unloaded at any time,
 * and whoever keeps an object of it keeps its classes. A call to one whose plugin has gone can
 * throw anything, a {@link LinkageError} too.
 *
 * <p><b>Threads.</b> Any; nothing here blocks.
 *
 * @since SPI 1.0
 */
public interface Extensions {
  /** No plugin brings anything. */
  Extensions NONE =
      new Extensions() {
        @Override
        public <T extends ExtensionPoint> List<T> of(Class<T> type) {
          return List.of();
        }
      };

  /**
   * One new object for each extension of a type of the SPI that is for modules: {@link
   * dev.penstock.spi.retention.RetentionRule}, {@link dev.penstock.spi.handoff.BlockTargets},
   * {@link dev.penstock.spi.content.KeyStore}. Of any other type there are none.
   */
  <T extends ExtensionPoint> List<T> of(Class<T> type);
}
