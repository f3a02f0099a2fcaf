package dev.penstock.pruner.run;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import java.util.function.Function;

/** A rule of another plugin's. */
record OddRule(Function<Block, ConfiguredRule> maker) implements RetentionRule {
  @Override
  public String key() {
    return "odd";
  }

  @Override
  public String summary() {
    return "made for a test";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    return maker.apply(settings);
  }
}
