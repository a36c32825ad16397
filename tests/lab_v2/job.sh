# Run in the emulated machine as root, with this checkout in /work/sutaztop: what is found goes to the results' disk.
# Disks are known by the serial numbers that the machine was given.
set -e
stty -F /dev/ttyS1 -opost
disks=/dev/disk/by-id/virtio
mkdir -p /python /work/results
mount -o ro $disks-python /python
cd /work/sutaztop
export PYTHONPATH=/python:/work/sutaztop PATH=/python/bin:$PATH HOME=/root LANG=C.UTF-8
code=0
python3 -m tests.lab_v2.inside /work/results || code=$?
echo $code >/work/results/exit-code
tar -cf $disks-results -C /work/results .
sync
