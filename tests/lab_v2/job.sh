# Run in the emulated machine as root, with the checkout in /srv/lab/sutaztop: what is found goes to the results' disk.
# Disks are known by the serial numbers that the machine was given.
set -e
stty -F /dev/ttyS1 -opost
disks=/dev/disk/by-id/virtio
mkdir -p /python /srv/lab/results
mount -o ro $disks-python /python
cd /srv/lab/sutaztop
export PYTHONPATH=/python:/srv/lab/sutaztop PATH=/python/bin:$PATH HOME=/root LANG=C.UTF-8
code=0
python3 -m tests.lab_v2.inside /srv/lab/results || code=$?
echo $code >/srv/lab/results/exit-code
tar -cf $disks-results -C /srv/lab/results .
sync
