package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.module.Unfinished.Left;
import dev.penstock.spi.module.ModuleContext.Rest;
import org.junit.jupiter.api.Test;

class UnfinishedTest {
  private static final Left VM_1 = new Left(Rest.FOR_THE_NEXT_START, "vm-1");
  private static final Left VM_2 = new Left(Rest.FOR_THE_NEXT_START, "vm-2");
  private static final Left DISK = new Left(Rest.FOR_THE_NEXT_START, "disk");
  private static final Left ABORTED = new Left(Rest.BROKEN_OFF, "vm-3");

  private final Unfinished unfinished = new Unfinished();

  @Test
  void whatModulesHaveLeftIsNamedModuleByModule() {
    unfinished.note("replication", VM_1);
    unfinished.note("backup", DISK);
    unfinished.note("replication", VM_2);

    assertThat(unfinished.all()).containsExactly(DISK, VM_1, VM_2);
  }

  @Test
  void theLastLineIsAboutWhatANextStartHasToFinish() {
    unfinished.note("backup", VM_1);
    unfinished.note("replication", ABORTED);

    assertThat(unfinished.all()).containsExactly(ABORTED, VM_1);
  }

  @Test
  void whatALifeHasLeftIsTheMatterOfTheNextOne() {
    unfinished.note("replication", VM_1);
    unfinished.note("backup", DISK);

    unfinished.begins("replication");

    assertThat(unfinished.all()).containsExactly(DISK);
  }
}
