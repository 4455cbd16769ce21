"""Rules about what keeps data or decides by a majority: members, backups, the machines that it runs on."""
