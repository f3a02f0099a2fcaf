package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnfinishedTest {
  private final Unfinished unfinished = new Unfinished();

  @Test
  void whatModulesHaveLeftIsNamedModuleByModule() {
    unfinished.note("replication", "vm-1");
    unfinished.note("backup", "disk");
    unfinished.note("replication", "vm-2");

    assertThat(unfinished.all()).containsExactly("disk", "vm-1", "vm-2");
  }

  @Test
  void whatALifeHasLeftIsTheMatterOfTheNextOne() {
    unfinished.note("replication", "vm-1");
    unfinished.note("backup", "disk");

    unfinished.begins("replication");

    assertThat(unfinished.all()).containsExactly("disk");
  }
}
