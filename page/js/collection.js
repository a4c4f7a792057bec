// 收件 comes here.
