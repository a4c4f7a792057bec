// 办公桌 comes here.
