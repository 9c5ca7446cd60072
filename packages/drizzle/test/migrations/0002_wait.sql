SET lock_timeout = '12s';
