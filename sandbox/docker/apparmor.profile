# An AppArmor profile for the sandbox's containers, tighter than the engine's docker-default: what the runner, Python
# and NumPy read and write, by path, and no network, mounts, tracing or capabilities.
#
#   sudo cp sandbox/docker/apparmor.profile /etc/apparmor.d/goldgrade-sandbox
#   sudo apparmor_parser --replace /etc/apparmor.d/goldgrade-sandbox       on the engine's host
#   export GOLDGRADE_APPARMOR=goldgrade-sandbox                            where grade runs
#
# An engine refuses to start a container with a profile that is not loaded, so a mistake here is never silent.
abi <abi/3.0>,
include <tunables/global>

profile goldgrade-sandbox flags=(attach_disconnected, mediate_deleted) {
  /sbin/docker-init mrix,
  /usr/bin/python3* mrix,
  /usr/local/bin/python3* mrix,
  /{usr/,usr/local/,}lib{,32,64}/** mr,
  /opt/goldgrade/ r,
  /opt/goldgrade/** mr,
  /etc/ld.so.cache r,
  /etc/{passwd,group,nsswitch.conf,localtime,locale.alias,host.conf,hosts,resolv.conf} r,
  /usr/share/zoneinfo/** r,
  /usr/share/locale/** r,

  /bank/ r,
  /bank/** r,
  /tmp/ rw,
  /tmp/** rwk,

  / r,
  /dev/ r,
  /dev/{null,zero,full,random,urandom} rw,
  /proc/ r,
  owner /proc/[0-9]*/** r,
  owner /proc/[0-9]*/oom_score_adj w,
  /proc/{cpuinfo,meminfo,stat,uptime,loadavg,filesystems} r,
  /proc/sys/{kernel,vm,fs}/** r,
  /sys/devices/system/{cpu,node}/** r,
  /sys/fs/cgroup/** r,
  /sys/kernel/mm/transparent_hugepage/** r,

  # Its own processes, and the engine that ends them.
  signal (send, receive) peer=goldgrade-sandbox,
  signal (receive) peer=unconfined,
  signal (receive) peer={runc,crun,dockerd},
  unix (create, send, receive, shutdown, getattr, setattr, getopt, setopt) addr=none,

  deny mount,
  deny umount,
  deny pivot_root,
  deny ptrace,
  deny capability,
  deny @{PROC}/sys/** w,
  deny @{PROC}/{kcore,keys,kallsyms,timer_list,sysrq-trigger} rw,
}
